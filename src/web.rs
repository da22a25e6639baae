//! A small HTTP server, off unless it is configured. Those who keep watch ask whether we live,
//! whether we get on with our work, and for figures; mail programs stop a digest with one click of
//! their readers ([`stop`]), which is all that can be changed here. It says nothing of persons.

pub mod exposition;
mod stop;

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tracing::{info, warn};

use crate::steps::Desk;
use crate::store::figures::{self, Figures};

/// A mail that waits longer than this, or a mailbox that nobody has looked at for longer, says that
/// nobody is at work.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// A click has a body of some thirty octets, or a few hundred as `multipart/form-data`.
const LARGEST_BODY: usize = 4096;

/// What the server needs.
#[derive(Debug)]
pub struct Hall {
    /// The database.
    pub pool: PgPool,
    /// The communities whose digests can be stopped.
    pub desks: Vec<Desk>,
    /// How long a mailbox may rest between two looks.
    pub poll: TimeDelta,
    /// The time.
    pub clock: fn() -> DateTime<Utc>,
}

/// Serves until `stop` is ready; requests at hand are finished.
pub async fn serve(
    listener: TcpListener,
    hall: Hall,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    info!(address = %listener.local_addr().context("the web's address")?, "web");
    axum::serve(listener, router(hall)).with_graceful_shutdown(stop).await.context("serve the web")
}

fn router(hall: Hall) -> Router {
    Router::new()
        .route("/health", get(async || "ok\n"))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/stop/{slug}/{token}", get(stop::ask).post(stop::stop))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::new(hall))
}

async fn read(hall: &Hall) -> Result<Vec<Figures>> {
    let mut db = hall.pool.acquire().await.context("connect")?;
    figures::all(&mut db, (hall.clock)()).await
}

/// Ready means: the database answers, the mailboxes are looked at, and no mail waits longer than it
/// should.
async fn ready(State(hall): State<Arc<Hall>>) -> Response {
    match read(&hall).await {
        Ok(figures) => {
            let late = late(&figures, hall.poll, (hall.clock)());
            let status =
                if late.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let words = if late.is_empty() { "ready\n".to_owned() } else { late.concat() };
            (status, words).into_response()
        }
        Err(error) => {
            // Whoever asks learns that it is so; why is in the log.
            warn!("not ready: {error:#}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// What has waited too long, a line each.
fn late(figures: &[Figures], poll: TimeDelta, now: DateTime<Utc>) -> Vec<String> {
    let is_late = |since: Option<DateTime<Utc>>| since.is_some_and(|since| now - since > LATE);
    let mailbox = figures.iter().filter(|one| is_late(one.looked_at.map(|at| at + poll)));
    let inbox = figures.iter().filter(|one| is_late(one.waiting_since));
    let outbox = figures.iter().filter(|one| is_late(one.due_since));
    mailbox
        .map(|one| format!("{}: the mailbox can not be read\n", one.community))
        .chain(
            inbox
                .map(|one| format!("{}: a mail that came in waits to be handled\n", one.community)),
        )
        .chain(outbox.map(|one| format!("{}: a mail waits to be sent\n", one.community)))
        .collect()
}

async fn metrics(State(hall): State<Arc<Hall>>) -> Response {
    match read(&hall).await {
        Ok(figures) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            (kind, exposition::prometheus(&figures, (hall.clock)())).into_response()
        }
        Err(error) => {
            warn!("no figures: {error:#}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
