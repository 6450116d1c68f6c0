//! The values of the secret.

use std::time::Instant;

use super::Pipeline;
use super::outputs::{Outputs, need};
use crate::base::error::CommandError;
use crate::secrets::{self, Input, SecretState};

impl Pipeline<'_> {
    /// Adds the values that the secret lacks.
    pub(super) async fn secrets(&self, made: &Outputs, input: &Input) -> Result<SecretState, CommandError> {
        let since = Instant::now();
        let id = need(&made.bootstrap.outputs, "AppSecretArn")?;
        let arn = self.context.cloud.secrets().arn(&id).await?.unwrap_or(id);
        let input = match &self.deployment.sandbox {
            Some(sandbox) => input.clone().generating(&sandbox.secrets()),
            None => input.clone(),
        };
        let secret = secrets::complete(self.context, &arn, &input).await?;
        let outcome = if secret.added.is_empty() {
            "nothing is missing".to_owned()
        } else {
            format!("added {}", secret.added.join(", "))
        };
        if !secret.added.is_empty() {
            self.effects.note(format!("in the secret: {}", secret.added.join(", ")));
        }
        self.context.printer.stage("secrets", &outcome, since);
        if let Some((warning, remedy)) = secret.lists.warning(self.deployment.sandbox.is_some()) {
            self.context.printer.warn(warning);
            self.context.printer.hint(&remedy);
        }
        Ok(secret)
    }
}
