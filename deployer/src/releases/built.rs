//! What a release will be made of.

use crate::base::artifact::FunctionBuild;
use crate::site::manifest::Site;

/// What the build stage made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The functions that were asked for.
    pub functions: FunctionBuild,
    /// The site, if it was asked for.
    pub site: Option<Site>,
}
