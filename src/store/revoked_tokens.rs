//! Access tokens that were given back before they expired.

use super::connection::{Reader, Tx};
use crate::domain::{Result, Timestamp, TokenHash};

/// All of them, with the moment each would have expired.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader) -> Result<Vec<(TokenHash, Timestamp)>> {
    let mut statement = reader.0.prepare("SELECT token_hash, expires FROM revoked_token")?;
    let tokens = statement.query_map([], |row| {
        Ok((TokenHash::from_stored(row.get(0)?), Timestamp::from_millis(row.get(1)?)))
    })?;
    Ok(tokens.collect::<rusqlite::Result<_>>()?)
}

/// Adds one, and drops those that have expired by now.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, token: &TokenHash, expires: Timestamp, now: Timestamp) -> Result<()> {
    let mut drop_expired = tx.0.prepare_cached("DELETE FROM revoked_token WHERE expires <= ?1")?;
    drop_expired.execute([now.as_millis()])?;
    let mut insert = tx.0.prepare_cached(
        "INSERT OR IGNORE INTO revoked_token (token_hash, expires) VALUES (?1, ?2)",
    )?;
    insert.execute((token.as_bytes(), expires.as_millis()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::InstallKey;
    use crate::store::connection::open_writer;

    #[test]
    fn what_has_expired_goes_with_the_next_one() {
        let directory = tempfile::tempdir().unwrap();
        let key = InstallKey::new([0; 32]);
        let (tx, _) = open_writer(&directory.path().join("a.db"), false, &key).unwrap();
        let at = Timestamp::from_millis;
        let [a, b] = ["a", "b"].map(TokenHash::of);
        insert(&tx, &a, at(10), at(0)).unwrap();
        insert(&tx, &a, at(10), at(1)).unwrap();
        assert_eq!(all(&tx).unwrap(), [(a, at(10))]);
        insert(&tx, &b, at(20), at(10)).unwrap();
        assert_eq!(all(&tx).unwrap(), [(b, at(20))]);
    }
}
