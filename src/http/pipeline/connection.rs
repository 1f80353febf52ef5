//! A second handle on a connection, for what HTTP cannot say: reset it, write what is no HTTP, end it.

use std::sync::Arc;
use std::time::Duration;

use actix_rt::net::TcpStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use socket2::{SockRef, Socket};

/// Connections that have such a handle at a time: each costs a file descriptor.
const MOST: usize = 128;

/// The handle, among the data of a connection.
pub(in crate::http) struct Connection {
    socket: Socket,
    _counted: Arc<()>,
}

/// The port of this server that a connection was made to, among the data of a connection.
pub(super) struct LocalPort(pub(super) u16);

/// Gives connections their ports and handles, as they are made.
pub fn on_connect() -> impl Fn(&TcpStream, &mut Extensions) + Send + Sync + 'static {
    let count = Arc::new(());
    move |stream, data| {
        data.insert(LocalPort(stream.local_addr().map_or(0, |address| address.port())));
        if Arc::strong_count(&count) <= MOST
            && let Ok(socket) = SockRef::from(stream).try_clone()
        {
            data.insert(Arc::new(Connection { socket, _counted: Arc::clone(&count) }));
        }
    }
}

impl Connection {
    /// The handle of a call's connection, if it has one.
    pub(in crate::http) fn of(request: &HttpRequest) -> Option<&Arc<Self>> {
        request.conn_data()
    }

    /// Has the connection end with a reset instead of in order.
    pub(in crate::http) fn reset_at_end(&self) {
        // One that is gone already needs no reset.
        let _ = self.socket.set_linger(Some(Duration::ZERO));
    }

    /// Writes bytes past HTTP, as far as they fit.
    pub(in crate::http) fn write(&self, bytes: &[u8]) {
        let _ = self.socket.send(bytes);
    }

    /// Ends the connection now, whatever still waits to be written.
    pub(in crate::http) fn end(&self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}
