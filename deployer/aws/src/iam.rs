//! IAM: what the caller may do, by simulation.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyEvaluationDecisionType;

use super::context::AdapterContext;
use super::{AwsError, Permissions};

/// IAM, which has no region.
#[derive(Debug)]
pub(super) struct Iam {
    client: Client,
    context: AdapterContext,
}

impl Iam {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }

    /// The ARN that IAM knows a principal by: of a session, that of its role, whose path only IAM knows.
    async fn source(&self, principal: &str) -> Result<String, AwsError> {
        let Some((_, session)) = principal.split_once(":assumed-role/") else { return Ok(principal.to_owned()) };
        let role = session.split('/').next().unwrap_or_default();
        let call = self.context.reads("iam:GetRole", role.to_owned());
        let answer = self.client.get_role().role_name(role).send().await.map_err(|error| call.failed(error))?;
        call.required(answer.role.map(|role| role.arn), "role's ARN")
    }
}

#[async_trait]
impl Permissions for Iam {
    async fn denied(&self, principal: &str, actions: &[String], resources: &[String]) -> Result<Vec<String>, AwsError> {
        let source = self.source(principal).await?;
        let call = self.context.reads("iam:SimulatePrincipalPolicy", source.clone());
        let mut denied = Vec::new();
        let mut marker = None;
        loop {
            let page = self
                .client
                .simulate_principal_policy()
                .policy_source_arn(&source)
                .set_action_names(Some(actions.to_vec()))
                .set_resource_arns((!resources.is_empty()).then(|| resources.to_vec()))
                .set_marker(marker.take())
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            let results = page.evaluation_results.ok_or_else(|| call.missing("results"))?;
            denied.extend(
                results
                    .into_iter()
                    .filter(|result| result.eval_decision != PolicyEvaluationDecisionType::Allowed)
                    // A statement with a condition on something that only the real call has: there is no telling.
                    .filter(|result| result.missing_context_values.as_ref().is_none_or(Vec::is_empty))
                    .map(|result| result.eval_action_name),
            );
            if !page.is_truncated {
                denied.sort();
                denied.dedup();
                return Ok(denied);
            }
            marker = Some(page.marker.ok_or_else(|| call.missing("next marker"))?);
        }
    }
}
