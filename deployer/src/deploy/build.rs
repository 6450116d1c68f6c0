//! What is deployed: functions and site from their sources, templates from the configuration.

use std::time::Instant;

use super::Pipeline;
use crate::base::artifact::FunctionBuild;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::build;
use crate::options::Part;
use crate::releases::built::Built;
use crate::site::manifest::Site;
use crate::site::site_config;
use crate::stacks::render::{RenderOptions, Rendered, render};
use crate::ui::{count, human_bytes};

impl Pipeline<'_> {
    /// Builds the functions and the site, as far as they are wanted.
    pub(super) async fn build(&self) -> Result<Built, CommandError> {
        let since = Instant::now();
        let source = self.deployment.source()?;
        let target = self.deployment.target();
        let wanted = |function| self.options.wants_function(function);
        let printer = self.context.printer;
        let (functions, site) = tokio::task::block_in_place(|| {
            let functions = if self.options.wants_code() {
                build::build_functions(&source, target, wanted, printer)?
            } else {
                FunctionBuild { architecture: target.architecture(), artifacts: Vec::new() }
            };
            let site = if self.options.wants(Part::Site) { Some(build::build_site(&source, printer)?) } else { None };
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

    /// Renders the templates.
    pub(super) fn render(&self) -> Result<Rendered, CommandError> {
        let since = Instant::now();
        let rendered = render(&self.deployment.config, RenderOptions { sandbox: self.deployment.sandbox.is_some() })?;
        self.context.printer.stage("render", &count(rendered.stacks.len(), "template", "templates"), since);
        Ok(rendered)
    }
}
