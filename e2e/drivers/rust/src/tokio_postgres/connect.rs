//! Connections, and what the scenarios have in common.
use doorman_drivers::{Done, environment, must, port};
use futures_util::stream::{StreamExt, poll_fn};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::types::{FromSqlOwned, ToSql};
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls};

pub fn config() -> Config {
    let mut config = Config::new();
    config.host(environment("PGHOST")).port(port()).user(environment("PGUSER"));
    config.password(environment("PGPASSWORD")).dbname(environment("PGDATABASE"));
    config
}

pub async fn open(config: Config) -> Result<Client, Error> {
    Ok(open_hearing(config).await?.0)
}

pub async fn connect() -> Result<Client, Error> {
    open(config()).await
}

/// Beside the client, all that comes unasked: "CHANNEL PAYLOAD" of notifications.
pub async fn open_hearing(config: Config) -> Result<(Client, UnboundedReceiver<String>), Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let (say, hear) = unbounded_channel();
    tokio::spawn(async move {
        // an end with an error is also told to whoever waits for an answer
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).next().await {
            if let AsyncMessage::Notification(one) = message {
                // nobody needs to listen
                let _ = say.send(format!("{} {}", one.channel(), one.payload()));
            }
        }
    });
    Ok((client, hear))
}

pub async fn one<T: FromSqlOwned>(client: &Client, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<T, Error> {
    client.query_one(sql, values).await?.try_get(0)
}

pub async fn usable(client: &Client) -> Done {
    let answer: String = one(client, "select 'still ' || $1::text", &[&"here"]).await?;
    must("afterwards", answer.as_str(), "still here")
}

/// The SQLSTATE of a failure, or else what happened.
pub fn state<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "no failure".to_string(),
        Err(e) => e.code().map_or_else(|| e.to_string(), |code| code.code().to_string()),
    }
}

/// Demands a failure with this SQLSTATE.
pub fn must_fail<T>(what: &str, wanted: &str, result: Result<T, Error>) -> Done {
    must(what, state(result).as_str(), wanted)
}
