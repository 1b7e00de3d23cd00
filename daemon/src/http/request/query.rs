//! `QueryParams`: a query string as a typed value, or a problem that names the invalid parameter.

use std::error::Error;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use persistproc_api::Problem;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::invalid::{self, Location};
use crate::http::error::ApiError;
use crate::http::schema::Schemas;

/// The error in a [`QueryRejection`]: its path is the name of the parameter.
type QueryError = serde_path_to_error::Error<serde::de::value::Error>;

/// The parameters of a query string.
pub struct QueryParams<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(explain::<T>(&parts.uri, &rejection).into()),
        }
    }
}

/// The query of routes without parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

fn explain<T: JsonSchema>(uri: &Uri, rejection: &QueryRejection) -> Problem {
    let fields = Schemas::default().fields::<T>();
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs.map(|Query(pairs)| pairs).unwrap_or_default();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(problem) = invalid::check_names(Location::Query, "", &names, &fields) {
        return problem;
    }
    let Some(error) = query_error(rejection) else {
        return Problem::invalid(format!("{}.", rejection.body_text()));
    };
    let name = error.path().to_string();
    let reason = error.inner().to_string();
    if let Some((_, value)) = pairs.iter().find(|(given, _)| *given == name) {
        let value = Value::String(value.clone());
        return invalid::wrong_value(Location::Query, &name, &value, &reason);
    }
    match fields.iter().find(|field| field.is_required && !names.contains(&&*field.name)) {
        Some(field) => invalid::missing(Location::Query, &field.name),
        None => Problem::invalid(format!("{reason}.")),
    }
}

/// The deserializer's error in the chain of sources of axum's rejection.
fn query_error(rejection: &QueryRejection) -> Option<&QueryError> {
    std::iter::successors(rejection.source(), |&error| error.source())
        .find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use persistproc_api::search::SearchQuery;

    use super::*;

    fn problem(query: &str) -> Problem {
        let uri: Uri = format!("/v1/search?{query}").parse().unwrap();
        let rejection = Query::<SearchQuery>::try_from_uri(&uri).unwrap_err();
        explain::<SearchQuery>(&uri, &rejection)
    }

    /// axum does not promise the type of this error, so an update of axum may break the downcast.
    #[test]
    fn the_rejection_contains_the_path_and_the_reason() {
        let uri = Uri::from_static("/v1/search?grep=x&lines=few");
        let rejection = Query::<SearchQuery>::try_from_uri(&uri).unwrap_err();
        let error = query_error(&rejection).unwrap();
        assert_eq!(error.path().to_string(), "lines");
        assert_eq!(error.inner().to_string(), "invalid digit found in string");
    }

    #[test]
    fn an_invalid_query_names_its_parameter() {
        for (query, parameter, message) in [
            ("gerp=x", "gerp", "`gerp` is not a query parameter of this route."),
            ("grep=x&grep=y", "grep", "`grep` is given more than once."),
            ("lines=1", "grep", "`grep` is missing."),
            (
                "grep=x&lines=few",
                "lines",
                "`lines` cannot be \"few\": invalid digit found in string.",
            ),
        ] {
            let problem = problem(query);
            assert_eq!(problem.message, message);
            assert_eq!(problem.parameter.as_deref(), Some(parameter));
        }
    }
}
