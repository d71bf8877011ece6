//! Connections, and what the scenarios have in common.
use doorman_drivers::{Done, environment, must, port};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, Error, PgConnection};

pub fn options() -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host(&environment("PGHOST"))
        .port(port())
        .username(&environment("PGUSER"))
        .password(&environment("PGPASSWORD"))
        .database(&environment("PGDATABASE"))
        .ssl_mode(PgSslMode::Disable)
}

pub async fn open(options: PgConnectOptions) -> Result<PgConnection, Error> {
    PgConnection::connect_with(&options).await
}

pub async fn connect() -> Result<PgConnection, Error> {
    open(options()).await
}

pub async fn pool() -> Result<PgPool, Error> {
    PgPoolOptions::new().max_connections(2).connect_with(options()).await
}

/// Statements without values, as one simple query.
pub async fn execute(c: &mut PgConnection, sql: impl Into<String>) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(c).await.map(|_| ())
}

pub async fn count(c: &mut PgConnection, sql: &str) -> Result<i64, Error> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(c).await
}

pub async fn usable(c: &mut PgConnection) -> Done {
    let answer: String = sqlx::query_scalar("select 'still ' || $1::text").bind("here").fetch_one(c).await?;
    must("afterwards", answer.as_str(), "still here")
}

/// Demands a failure with this SQLSTATE.
pub fn must_fail<T>(what: &str, wanted: &str, result: Result<T, Error>) -> Done {
    let got = match result {
        Ok(_) => "no failure".to_string(),
        Err(Error::Database(e)) => e.code().unwrap_or_default().into_owned(),
        Err(e) => e.to_string(),
    };
    must(what, got.as_str(), wanted)
}
