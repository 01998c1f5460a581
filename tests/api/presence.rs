//! Who has the flows open, over `/comms`.

use std::fs;

use serde_json::{Value, json};
use wireloom_tests::server::{Server, hash_password};

use super::comms::Editor;

/// An editor that hears of the others.
async fn listening(server: &Server) -> Editor {
    let mut editor = Editor::connect(server).await;
    editor.send(json!({ "subscribe": "presence" })).await;
    editor
}

/// Who is here, once `is_it` says that it is what is waited for.
async fn clients(editor: &mut Editor, is_it: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let mut data = editor.data("presence").await;
        let Value::Array(clients) = data["clients"].take() else { panic!("no list of clients: {data}") };
        if is_it(&clients) {
            return clients;
        }
    }
}

fn says(tab: &str, selection: Value, name: &str) -> Value {
    json!({ "presence": { "tab": tab, "selection": selection, "editing": null, "name": name } })
}

#[tokio::test]
async fn editors_see_each_other_until_they_go() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut first = listening(&server).await;
    assert_eq!(clients(&mut first, |_| true).await, [] as [Value; 0]);
    first.send(says("t", json!(["a", "b"]), "Ann")).await;
    let seen = clients(&mut first, |clients| clients.len() == 1).await.remove(0);
    assert_eq!((&seen["name"], &seen["you"], &seen["colour"]), (&json!("Ann"), &json!(true), &json!(0)));

    // Whoever comes later is told at once, without being one of them.
    let mut second = listening(&server).await;
    let seen = clients(&mut second, |_| true).await.remove(0);
    let expected = json!({ "client": seen["client"], "name": "Ann", "colour": 0, "tab": "t", "selection": ["a", "b"],
        "editing": null, "you": false });
    assert_eq!(seen, expected);
    second.send(json!({ "presence": { "tab": "u", "editing": "n" } })).await;
    let both = clients(&mut first, |clients| clients.len() == 2).await;
    let other = &both[1];
    assert_eq!((&other["tab"], &other["editing"], &other["you"]), (&json!("u"), &json!("n"), &json!(false)));
    assert_eq!((&other["name"], &other["colour"]), (&json!(""), &json!(1)));

    drop(first);
    let left = clients(&mut second, |clients| clients.len() == 1).await;
    assert_eq!((&left[0]["tab"], &left[0]["you"]), (&json!("u"), &json!(true)));
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn what_is_said_is_bounded_and_what_is_odd_is_passed_over() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut editor = listening(&server).await;
    for odd in [json!(7), json!(null), json!([]), json!({ "selection": "a" }), json!({ "tab": 3 })] {
        editor.send(json!({ "presence": odd })).await;
    }
    let many: Vec<String> = (0..300).map(|number| format!("n{number}")).collect();
    editor.send(says("t", json!(many), &"x".repeat(100))).await;
    let seen = clients(&mut editor, |clients| clients.iter().any(|one| one["tab"] == "t")).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["selection"].as_array().unwrap().len(), 200);
    assert_eq!((&seen[0]["tab"], seen[0]["name"].as_str().unwrap().len()), (&json!("t"), 60));
}

#[tokio::test]
async fn the_name_of_a_user_is_that_of_the_log_in() {
    const PASSWORD: &str = "correct horse";
    let data = tempfile::tempdir().unwrap();
    let hash = hash_password(PASSWORD).await;
    let settings = format!(
        "anonymous-permissions = \"read\"\n[[users]]\nname = \"ann\"\npassword = \"{hash}\"\npermissions = \"*\"\n"
    );
    fs::write(data.path().join("wireloom.toml"), settings).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let body = json!({ "client_id": "node-red-editor", "grant_type": "password", "scope": "*", "username": "ann",
        "password": PASSWORD });
    let answer = server.post("/auth/token").json(&body).send().await.unwrap().text().await.unwrap();
    let token = serde_json::from_str::<Value>(&answer).unwrap()["access_token"].clone();

    let mut ann = Editor::connect(&server).await;
    ann.send(json!({ "auth": token })).await;
    ann.send(says("t", json!([]), "somebody else")).await;
    let mut reader = listening(&server).await;
    reader.send(says("t", json!([]), "ann")).await;
    let both = clients(&mut reader, |clients| clients.len() == 2).await;
    let name = |is_you: bool| both.iter().find(|one| one["you"] == is_you).unwrap()["name"].clone();
    // Where there are users, nobody goes by the name of one without a log-in.
    assert_eq!((name(false), name(true)), (json!("ann"), json!("")));
}
