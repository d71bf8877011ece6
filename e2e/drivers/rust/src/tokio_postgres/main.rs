//! The scenarios of e2e/drivers/SCENARIOS with tokio-postgres.
mod connect;
mod copies;
mod sessions;
mod statements;

use doorman_drivers::{run, version};

#[tokio::main]
async fn main() {
    version("tokio-postgres");
    run("login", sessions::login()).await;
    run("startup", sessions::startup()).await;
    run("prepared", statements::prepared()).await;
    run("batch", statements::batch()).await;
    run("batch-error", statements::batch_error()).await;
    run("copy-in", copies::copy_in()).await;
    run("copy-out", copies::copy_out()).await;
    run("copy-binary", copies::copy_binary()).await;
    run("copy-error", copies::copy_error()).await;
    run("cancel", sessions::cancel()).await;
    run("timeout", sessions::timeout()).await;
    run("errors", sessions::errors()).await;
    run("reconnect", sessions::reconnect()).await;
    run("transactions", sessions::transactions()).await;
    run("large", statements::large()).await;
    run("types", statements::types()).await;
    run("cursor", statements::cursor()).await;
    run("listen", sessions::listen()).await;
}
