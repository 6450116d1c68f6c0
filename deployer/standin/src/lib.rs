//! Stands in for TMDB, TVDB and a web-push service, with faults on demand.
//!
//! One process answers all three on one port, in the shapes that the real services document:
//!
//! | Path | Stands for |
//! |---|---|
//! | `/3/…` | TMDB v3 (<https://developer.themoviedb.org/reference>) |
//! | `/t/p/{size}/{file}` | TMDB's image host: posters drawn from the title |
//! | `/v4/…` | TVDB v4 (<https://thetvdb.github.io/v4-api/>) |
//! | `/push/{id}` | a push service that records what it is sent |
//! | `/_standin/…` | control: faults, the request log, recorded pushes |
//!
//! ```
//! use stellarr_standin::{Action, FaultRule, Options, Standin};
//!
//! let standin = Standin::start(([127, 0, 0, 1], 0).into(), Options::default())?;
//! standin.add_fault(FaultRule::new("/3/trending/movie/*", Action::status(503)).times(1));
//! assert!(standin.tmdb_base_url().ends_with("/3"));
//! assert_eq!(standin.log().requests, 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The server runs on a thread and a runtime of its own, so that it works from synchronous tests,
//! and does not stop when a test pauses tokio's clock. It ends when the value is dropped.

mod answer;
mod catalogue;
mod connection;
mod control;
mod faults;
mod inject;
mod log;
mod poster;
mod push;
mod request_guard;
mod server;
mod state;
mod tmdb;
mod tvdb;

pub use catalogue::{Catalogue, MediaType, Person, Title};
pub use faults::{Action, FaultRule};
pub use log::{Delivery, LoggedRequest, RequestLog};
pub use request_guard::refusal;
pub use server::Standin;
pub use state::{DEFAULT_KEY, Options};
pub use tvdb::episode_id;
