//! The floor below the HTTP side: actix-web alone, one worker, which reads the body and answers
//! always the same.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use clap::Args;

/// What it answers.
#[derive(Debug, Clone, Args)]
pub(crate) struct Answer {
    /// Media type of the body
    pub(crate) content_type: String,
    /// Length of the body
    pub(crate) size: usize,
}

/// Prints its address and serves until the process is stopped.
pub(crate) fn serve(answer: &Answer) -> Result<()> {
    let Answer { content_type, size } = answer.clone();
    let body = Bytes::from(vec![b' '; size]);
    actix_rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let answer = Data::new((content_type.clone(), body.clone()));
            // Without a route, so that nothing is spent on finding it.
            App::new().app_data(answer).default_service(web::to(read_and_answer))
        });
        let server = server
            .workers(1)
            .backlog(1024)
            .keep_alive(Duration::from_secs(15))
            .disable_signals()
            .bind("127.0.0.1:0")?;
        println!("{}", server.addrs().first().context("it listens nowhere")?);
        Ok(server.run().await?)
    })
}

async fn read_and_answer(answer: Data<(String, Bytes)>, _body: Bytes) -> HttpResponse {
    let (content_type, body) = &**answer;
    HttpResponse::Ok().insert_header((CONTENT_TYPE, content_type.as_str())).body(body.clone())
}
