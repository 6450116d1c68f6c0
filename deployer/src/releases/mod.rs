//! What was deployed, when and by whom; and what keeps two deploys apart.

pub mod built;
pub mod history;
pub mod publish;
pub mod release;
pub mod upgrade;
