//! What goes up before any stack changes: built functions, and the values of the secret.

use crate::releases::built::Built;
use std::collections::BTreeMap;
use std::time::Instant;

use super::{Road, need};
use crate::base::artifact::FunctionBuild;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::build;
use crate::options::Part;
use crate::releases::publish;
use crate::secrets::{self, SecretState};
use crate::site::manifest::Site;
use crate::site::site_config;
use crate::ui::human_bytes;

impl Road<'_> {
    pub(super) async fn build(&self) -> Result<Built, CommandError> {
        let since = Instant::now();
        let source = self.deployment.source()?;
        let target = self.deployment.target();
        let wanted = |function| self.arguments.wants_function(function);
        let printer = self.context.printer;
        let (functions, site) = tokio::task::block_in_place(|| {
            let functions = if self.arguments.wants_code() {
                build::build_functions(&source, target, wanted, printer)?
            } else {
                FunctionBuild { architecture: target.architecture(), artifacts: Vec::new() }
            };
            let site = if self.arguments.wants(Part::Site) { Some(build::build_site(&source, printer)?) } else { None };
            Ok::<_, CommandError>((functions, site))
        })?;
        let mut said: Vec<String> = functions
            .artifacts
            .iter()
            .map(|artifact| format!("{} {}", artifact.function, human_bytes(artifact.size)))
            .collect();
        let site = match site {
            Some(site) => {
                said.push(if site.rebuilt { "site".to_owned() } else { "site unchanged".to_owned() });
                Some(Site::read(&site.folder).map_err(|error| {
                    CommandError::new(ExitKind::Build, format!("the built site cannot be read: {error}"))
                })?)
            }
            None => None,
        };
        printer.stage("build", &said.join(", "), since);
        let site = site.map(|site| site_config::with_config(site, &self.deployment.config, &self.deployment.upstreams));
        Ok(Built { functions, site })
    }

    pub(super) async fn secrets(&self, bootstrap: &BTreeMap<String, String>) -> Result<SecretState, CommandError> {
        let since = Instant::now();
        let id = need(bootstrap, "AppSecretArn")?;
        let arn = self.context.cloud.secrets().arn(&id).await?.unwrap_or(id);
        let input = match &self.deployment.sandbox {
            Some(sandbox) => self.input.clone().generating(&sandbox.secrets()),
            None => self.input.clone(),
        };
        let secret = secrets::complete(self.context, &arn, &input).await?;
        let outcome = if secret.added.is_empty() {
            "nothing is missing".to_owned()
        } else {
            format!("added {}", secret.added.join(", "))
        };
        if !secret.added.is_empty() {
            self.ledger.note(format!("in the secret: {}", secret.added.join(", ")));
        }
        self.context.printer.stage("secrets", &outcome, since);
        if let Some((warning, remedy)) = secret.lists.warning(self.deployment.sandbox.is_some()) {
            self.context.printer.warn(warning);
            self.context.printer.hint(&remedy);
        }
        Ok(secret)
    }

    pub(super) async fn publish(
        &self,
        bucket: &str,
        functions: &FunctionBuild,
    ) -> Result<BTreeMap<String, String>, CommandError> {
        if functions.artifacts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let since = Instant::now();
        let published = publish::functions(self.context, bucket, &functions.artifacts).await?;
        let outcome = if published.uploaded.is_empty() {
            "every function is up already".to_owned()
        } else {
            format!("{} ({})", published.uploaded.join(", "), human_bytes(published.bytes))
        };
        if !published.uploaded.is_empty() {
            self.ledger.note(format!("in the artifact bucket: the code of {}", published.uploaded.join(", ")));
        }
        self.context.printer.stage("publish", &outcome, since);
        Ok(published.code)
    }
}
