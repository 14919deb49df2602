//! Tells a request's [`Progress`] when its connection is being made and when it stands.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use crate::progress::Progress;

tokio::task_local! {
    /// The progress of the request that the current task works on. The connector is called deep inside the HTTP
    /// client, in the task of the request but with no other way to know it.
    pub(super) static PROGRESS: Progress;
}

/// Wraps the HTTP client's connector with [`Watched`].
#[derive(Debug, Clone)]
pub(super) struct WatchLayer;

impl<S> Layer<S> for WatchLayer {
    type Service = Watched<S>;

    fn layer(&self, connector: S) -> Watched<S> {
        Watched(connector)
    }
}

/// A connector that marks the beginning and the end of its work.
#[derive(Debug, Clone)]
pub(super) struct Watched<S>(S);

impl<S, Target> Service<Target> for Watched<S>
where
    S: Service<Target>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: Target) -> Self::Future {
        let progress = PROGRESS.try_with(Progress::clone).unwrap_or_default();
        progress.connecting();
        let connection = self.0.call(target);
        Box::pin(async move {
            let connection = connection.await?;
            progress.connected();
            Ok(connection)
        })
    }
}
