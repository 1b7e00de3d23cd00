//! `McpHandler` implements rmcp's `ServerHandler` and passes each request to the module that
//! answers it. rmcp creates one for each session, or for each request without a session.

#![expect(deprecated, reason = "older clients set a log level; newer protocol versions dropped it")]

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams,
    CompleteResult, CustomRequest, CustomResult, GetPromptRequestParams, GetPromptResponse,
    GetTaskParams, GetTaskResult, Implementation, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig,
    SetLevelRequestMethod, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
    UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};

use super::caller::Caller;
use super::invalid_request::invalid_request;
use super::subscriptions::{self, Subscriptions};
use super::waiter::{Waiter, no_such_task};
use super::{completion, prompts, resources, tools};
use crate::supervisor::Supervisor;

/// How long clients may cache the lists of tools and prompts, which never change in a daemon.
const LIST_TTL_MS: u64 = 60_000;

/// The daemon's handler of MCP requests.
#[derive(Clone)]
pub struct McpHandler {
    supervisor: Supervisor,
    waiter: Waiter,
    subscriptions: Arc<Subscriptions>,
}

impl McpHandler {
    /// The daemon's first handler; [`McpHandler::for_new_session`] creates the others.
    pub fn new(supervisor: Supervisor) -> Self {
        Self { supervisor, waiter: Waiter::default(), subscriptions: Arc::default() }
    }

    /// A handler with the same tasks and no subscriptions.
    #[must_use]
    pub fn for_new_session(&self) -> Self {
        Self { subscriptions: Arc::default(), ..self.clone() }
    }
}

impl ServerHandler for McpHandler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_completions()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("persistproc", persistproc_api::VERSION))
            .with_instructions(tools::INSTRUCTIONS.trim_end())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut list = ListToolsResult::with_all_items(tools::all().to_vec());
        list.ttl_ms = Some(LIST_TTL_MS);
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = Caller::from_request(&context, &self.supervisor);
        let arguments = request.arguments.unwrap_or_default();
        let answer = tools::call(&request.name, arguments, caller, &self.waiter).await;
        answer.ok_or_else(|| {
            let message =
                format!("Unknown tool {:?}. Tools: ctrl, list, output, wait.", request.name);
            ErrorData::invalid_params(message, None)
        })
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let task = self.waiter.tasks.get_task(&request.task_id).map_err(no_such_task)?;
        Ok(GetTaskResult::new(task))
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // No task asks for input, so there is none to pass on; an unknown task is still an error.
        self.waiter.tasks.update_task(&request.task_id, []).map_err(no_such_task)
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.waiter.tasks.cancel_task(&request.task_id).map_err(no_such_task)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::all(&self.supervisor)))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let caller = Caller::from_request(&context, &self.supervisor);
        Ok(resources::read(&caller.supervisor, &request.uri).await?.into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut list = ListPromptsResult::with_all_items(prompts::all());
        list.ttl_ms = Some(LIST_TTL_MS);
        Ok(list)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let caller = Caller::from_request(&context, &self.supervisor);
        let arguments = request.arguments.unwrap_or_default();
        Ok(prompts::get(&request.name, &arguments, &caller).await?.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        completion::complete(&self.supervisor, &request.argument)
    }

    async fn set_level(
        &self,
        _: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // The request has no effect, because this server sends no log messages. It succeeds for
        // older protocol versions, because some of their clients fail otherwise.
        match context.protocol_version() {
            Some(version) if version >= ProtocolVersion::V_2026_07_28 => {
                Err(ErrorData::method_not_found::<SetLevelRequestMethod>())
            }
            _ => Ok(()),
        }
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(invalid_request(request))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.subscriptions.add_list(&self.supervisor, context.peer);
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.subscriptions.add(&self.supervisor, request.uri, context.peer)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.subscriptions.remove(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        subscriptions::listen(&self.supervisor, &context).await;
        Ok(())
    }
}
