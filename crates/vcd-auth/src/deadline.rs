//! The time limit of one operation.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::progress::Progress;
use crate::runtime::{self, Background, Work};
use crate::{Failure, FailureKind};

/// How long one operation may take, and since when it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeLimit {
    whole: Duration,
    start: Instant,
}

impl TimeLimit {
    /// So long from now on.
    pub(crate) fn from_now(whole: Duration) -> Self {
        TimeLimit { whole, start: Instant::now() }
    }

    /// The same without the time that a part of the operation stood in line.
    pub(crate) fn without(self, in_line: Duration) -> Self {
        TimeLimit { start: self.start + in_line, ..self }
    }

    fn left(self, progress: &Progress) -> Duration {
        (self.whole + progress.time_in_line()).saturating_sub(self.start.elapsed())
    }
}

/// Runs `work` until `limit` has passed, at most. Time in line for a token file is not counted: waiting has bounds of its own.
///
/// The work is a task of its own and its limit is watched by a second one, because the operating system's certificate
/// verifier may block its task for seconds. Work that is given up sends nothing any more if it had not sent yet.
///
/// Dropping the future gives the work up as well, unless its secret has been sent: then it goes on to its limit, and what
/// comes of it is dropped, which keeps a new API token and ends a session that nobody received.
pub(crate) async fn within<T: Send + 'static>(
    limit: TimeLimit,
    progress: &Progress,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, mut result) = oneshot::channel();
    let work: Work = Box::pin(async move {
        // Nobody waits any more: what came of it is dropped here.
        let _ = sender.send(work.await);
    });
    watch(limit, progress, work).await?;
    result.try_recv().map_err(|_| defect())
}

async fn watch(limit: TimeLimit, progress: &Progress, work: Work) -> Result<(), Failure> {
    let mut work = runtime::spawn(work)?;
    let mut tasks = GiveUpOnDrop { progress: progress.clone(), tasks: vec![work.abort_handle()] };
    let watched = progress.clone();
    let watch = runtime::spawn(async move {
        loop {
            match tokio::time::timeout(limit.left(&watched), &mut work).await {
                Ok(finished) => return finished.map_err(|_| defect()),
                // It has stood in line meanwhile.
                Err(_) if !limit.left(&watched).is_zero() => {}
                Err(_) => break,
            }
        }
        let failure = passed(limit, &watched);
        watched.abandon();
        work.abort();
        Err(failure)
    })?;
    tasks.tasks.push(watch.abort_handle());
    let result = watch.await.unwrap_or_else(|_| Err(defect()));
    // Both tasks are done: there is nothing to give up.
    tasks.tasks.clear();
    result
}

/// Runs an exchange as a task of its own, which goes on if the caller goes away after its secret was sent. The work has a limit of
/// its own.
pub(crate) async fn carried_through<T: Send + 'static>(
    progress: &Progress,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, result) = oneshot::channel();
    let goes_on = Background::exchange(progress);
    let task = runtime::spawn(async move {
        let _goes_on = goes_on;
        // Nobody waits any more: what came of it is dropped here.
        let _ = sender.send(work.await);
    })?;
    let mut tasks = GiveUpOnDrop { progress: progress.clone(), tasks: vec![task.abort_handle()] };
    let result = result.await.map_err(|_| defect());
    tasks.tasks.clear();
    result
}

/// Gives the tasks up when the caller goes away, but only if that can lose nothing.
struct GiveUpOnDrop {
    progress: Progress,
    tasks: Vec<AbortHandle>,
}

impl Drop for GiveUpOnDrop {
    fn drop(&mut self) {
        if !self.tasks.is_empty() && self.progress.abandon() {
            self.tasks.iter().for_each(AbortHandle::abort);
        }
    }
}

/// The failure of a task that panicked.
pub(crate) fn defect() -> Failure {
    Failure::new(FailureKind::Panic, "The request ended in a defect of this library.")
}

/// The failure of a request whose limit has passed.
pub(crate) fn passed(limit: TimeLimit, progress: &Progress) -> Failure {
    let limit = format!("within the time limit of {:?}", limit.whole);
    if progress.is_connecting() {
        let message = format!("The server could not be connected to {limit}.");
        Failure::new(FailureKind::ConnectTimeout, message)
    } else if progress.is_sent() || progress.is_connected() {
        let message = format!("The server did not answer {limit}.");
        Failure::new(FailureKind::AnswerTimeout, message).with_outcome_unknown(progress.is_sent())
    } else {
        Failure::new(FailureKind::DeadlineExceeded, format!("The request was not finished {limit}."))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, SignatureScheme};

    use crate::trust::{self, Trust};
    use crate::{
        ApiToken, Client, ClientOptions, ExchangeRequest, FailureKind, Organization, Progress, Reuse, Secret, Site,
        runtime,
    };

    /// Blocks its thread until the test lets it go, as Windows' verifier does while it waits for a revocation list. Lets
    /// go by itself after a while, so that a broken deadline fails the test rather than hanging it.
    #[derive(Debug)]
    struct BlockingVerifier {
        entered: SyncSender<()>,
        release: Mutex<Receiver<()>>,
    }

    impl ServerCertVerifier for BlockingVerifier {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            let _ = self.entered.send(());
            let _ = self.release.lock().expect("not poisoned").recv_timeout(Duration::from_secs(20));
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            unreachable!("the wrapping verifier checks signatures")
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            unreachable!("the wrapping verifier checks signatures")
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            unreachable!("the wrapping verifier answers this")
        }
    }

    #[test]
    fn the_deadline_fires_although_every_worker_is_blocked_in_a_verifier() {
        // More requests than the runtime has workers: without `block_in_place` nothing would run any more.
        const REQUESTS: usize = 4;
        let simulator = vcdsim::Simulator::start(vcdsim::Options::default()).expect("simulator");
        let login = simulator.login("acme", vcdsim::Kind::Tenant).expect("login");
        let token = ApiToken::parse(&Secret::new(&login.api_token)).expect("valid");
        let site = Site::parse(simulator.url()).expect("valid");
        let (entered, entrances) = sync_channel(REQUESTS);
        let (let_go, release) = sync_channel(REQUESTS);
        let trust = Trust::Pinned([42; 32]);
        trust::stand_in(&trust, Arc::new(BlockingVerifier { entered, release: Mutex::new(release) }));
        let timeout = Duration::from_millis(500);
        let client = Client::new(ClientOptions { trust, timeout, ..ClientOptions::default() }).expect("client");

        let requests: Vec<_> = (0..REQUESTS)
            .map(|_| {
                let (client, site, token) = (client.clone(), site.clone(), token.clone());
                let exchange = async move {
                    let organization = Organization::parse("acme").expect("valid");
                    let request = ExchangeRequest::new(site, organization, token).reuse(Reuse::Never);
                    client.exchange(&request, &Progress::default()).await
                };
                runtime::spawn(exchange).expect("runtime")
            })
            .collect();
        entrances.recv().expect("a verifier is entered");
        for request in requests {
            let exchanged = runtime::block_on(request).expect("runtime").expect("settled");
            let failure = exchanged.session.expect_err("the deadline");
            assert_eq!(failure.kind(), FailureKind::ConnectTimeout, "{failure}");
        }
        // The order is the proof: all deadlines have fired, and no verifier has been let go yet.
        for _ in 0..REQUESTS {
            let_go.send(()).expect("the verifiers still wait");
        }
        drop(let_go);
        std::thread::sleep(Duration::from_millis(300));
        let requests = simulator.journal().requests;
        assert!(requests.is_empty(), "what was given up is not sent once the verifier returns: {requests:?}");
    }
}
