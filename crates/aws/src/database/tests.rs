use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

static FORMAT: Format = Format {
    holds: "numbers",
    application: *b"Test",
    version: 3,
    tables: "CREATE TABLE number (value INTEGER PRIMARY KEY);",
};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("numbers.sqlite");
    (folder, file)
}

fn open(file: &Path) -> Database {
    Database::open(Some(file), &FORMAT).expect("a database")
}

async fn add(database: &Database, value: i64) -> Result<(), ServiceError> {
    database.with(move |d| Ok(d.execute("INSERT INTO number VALUES (?1)", [value]).map(drop)?)).await
}

async fn all(database: &Database) -> Vec<i64> {
    let read = |d: &Connection| {
        let mut statement = d.prepare("SELECT value FROM number ORDER BY value")?;
        let rows = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(rows)
    };
    database.with(read).await.expect("the numbers")
}

fn refusal(file: &Path) -> String {
    match Database::open(Some(file), &FORMAT) {
        Ok(_) => panic!("{} was opened", file.display()),
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.contains(&file.display().to_string()), "names the file: {sentence}");
            sentence
        }
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_new_start() {
    let (_folder, file) = place();
    let database = open(&file);
    let many = futures_util::future::join_all((0..500).map(|value| add(&database, value)));
    assert!(many.await.into_iter().all(|added| added.is_ok()));
    database.close().await;
    assert_eq!(add(&database, 1_000).await.expect_err("closed").status, 500);
    assert_eq!(all(&open(&file)).await, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_fails_leaves_nothing_and_harms_no_neighbour() {
    let (_folder, file) = place();
    for database in [open(&file), Database::open(None, &FORMAT).expect("in memory")] {
        let half = database.with(|d| {
            d.execute("INSERT INTO number VALUES (7)", [])?;
            Err::<(), _>(Failure::Refused(ServiceError::new(400, "No", "no")))
        });
        let (before, half, double, after) = tokio::join!(
            add(&database, 1),
            half,
            async { (add(&database, 2).await, add(&database, 2).await) },
            add(&database, 3)
        );
        assert!(before.is_ok() && after.is_ok() && double.0.is_ok());
        assert_eq!(half.expect_err("refused").code, "No");
        assert_eq!(double.1.expect_err("twice").code, "InternalError");
        assert_eq!(all(&database).await, [1, 2, 3]);
    }
}

#[test]
fn what_is_no_database_of_this_program_is_left_alone() {
    let (_folder, file) = place();
    std::fs::write(&file, "").expect("written");
    assert!(refusal(&file).contains("empty"));
    std::fs::write(&file, "not a database at all, and long enough to be looked at as one".repeat(20)).expect("written");
    assert!(refusal(&file).contains("damaged, or not this program's numbers"));
    std::fs::remove_file(&file).expect("removed");
    Connection::open(&file).and_then(|c| c.execute_batch("CREATE TABLE theirs (x)")).expect("made");
    let before = std::fs::read(&file).expect("read");
    assert!(refusal(&file).contains("not this program's numbers: move it away"));
    assert_eq!(std::fs::read(&file).expect("read"), before, "left as it was");
    std::fs::remove_file(&file).expect("removed");
    std::fs::create_dir(&file).expect("a folder");
    assert!(refusal(&file).contains("it is no file"));
}

#[tokio::test]
async fn another_version_and_another_process_are_refused() {
    let (_folder, file) = place();
    let database = open(&file);
    assert!(refusal(&file).contains("another process uses it"));
    database.close().await;
    Connection::open(&file).and_then(|c| c.pragma_update(None, "user_version", 4)).expect("changed");
    assert!(refusal(&file).contains("it has format 4, and this program reads format 3"));
}

#[tokio::test]
async fn a_damaged_page_is_an_error_and_not_an_empty_table() {
    let (_folder, file) = place();
    let database = open(&file);
    for value in 0..2_000 {
        add(&database, value).await.expect("added");
    }
    database.close().await;
    let mut bytes = std::fs::read(&file).expect("read");
    for byte in &mut bytes[4096..] {
        *byte ^= 0x5a;
    }
    std::fs::write(&file, bytes).expect("written");
    let database = open(&file);
    let counted = database.with(|d| Ok(d.query_row("SELECT count(*) FROM number", [], |row| row.get::<_, i64>(0))?));
    assert!(counted.await.expect_err("damaged").message.contains("numbers failed"));
}
