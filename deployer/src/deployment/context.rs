//! What every effect needs: the cloud, the time, the public DNS and the terminal.

use crate::base::clock::Clock;
use crate::base::dns::Resolver;
use crate::ui::Printer;
use stellarr_aws::Cloud;

/// Borrowed collaborators of a command.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// AWS, or the local one.
    pub cloud: &'a dyn Cloud,
    /// The time.
    pub clock: &'a dyn Clock,
    /// The public DNS.
    pub dns: &'a dyn Resolver,
    /// The terminal.
    pub printer: &'a Printer,
}
