//! Handlers for desktop notices: [`get`] says for which processes they are on, [`set`] turns them on or off.

use axum::Json;
use axum::extract::State;
use persistproc_api::notices::{NotifyRequest, NotifySettings};

use super::error::ApiError;
use super::request::{JsonBody, NoParameters, QueryParams};
use super::state::AppState;

/// `GET /v1/notify`
pub async fn get(
    State(state): State<AppState>,
    _: QueryParams<NoParameters>,
) -> Json<NotifySettings> {
    Json(state.supervisor.notify_settings())
}

/// `POST /v1/notify`
pub async fn set(
    State(state): State<AppState>,
    _: QueryParams<NoParameters>,
    JsonBody(request): JsonBody<NotifyRequest>,
) -> Result<Json<NotifySettings>, ApiError> {
    Ok(Json(state.supervisor.notify(request).await?))
}
