//! Tasks end when they should, and nothing of them is left.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::common::*;

#[tokio::test]
async fn tasks_run_at_the_same_time_and_one_of_them_is_stopped() {
    let cloud = cloud().await;
    let (first, second) = (Meeting::new(), Meeting::new());
    register(&cloud, &[shell("main", &first.script("sleep 600 & wait"))]);
    let tasks = run(&cloud, json!({"startedBy": "me"})).await;
    let one = first.guest().await;
    let script = second.script("sleep 600 & wait");
    let over = json!({"overrides": {"containerOverrides": [{"name": "main", "command": [script]}]}});
    let other = run(&cloud, over).await.remove(0);
    let two = second.guest().await;
    let listed = call(&cloud, "ListTasks", json!({"cluster": "work"})).await;
    assert_eq!(listed["taskArns"], json!([tasks[0]["taskArn"], other["taskArn"]]));
    let mine = call(&cloud, "ListTasks", json!({"cluster": "work", "startedBy": "me", "family": "job"})).await;
    assert_eq!(mine["taskArns"], json!([tasks[0]["taskArn"]]));
    let clusters = call(&cloud, "DescribeClusters", json!({"clusters": ["work", "none"]})).await;
    assert_eq!(clusters["clusters"][0]["runningTasksCount"], 2);
    assert_eq!(clusters["failures"][0]["reason"], "MISSING");

    let stop = json!({"cluster": "work", "task": tasks[0]["taskArn"], "reason": "enough"});
    let stopping = call(&cloud, "StopTask", stop.clone()).await;
    assert_eq!(
        (&stopping["task"]["desiredStatus"], &stopping["task"]["stopCode"]),
        (&json!("STOPPED"), &json!("UserInitiated"))
    );
    let end = ended(&cloud, &tasks[0]).await;
    assert_eq!((&end["stoppedReason"], &end["stopCode"]), (&json!("enough"), &json!("UserInitiated")));
    assert_eq!(end["containers"][0]["exitCode"], 143);
    one.goes().await;
    assert_eq!(call(&cloud, "StopTask", stop).await["task"]["lastStatus"], "STOPPED");
    let listed = call(&cloud, "ListTasks", json!({"cluster": "work", "desiredStatus": "STOPPED"})).await;
    assert_eq!(listed["taskArns"], json!([tasks[0]["taskArn"]]));

    let waiting = {
        let (cloud, other) = (cloud.clone(), other.clone());
        tokio::spawn(async move { ended(&cloud, &other).await })
    };
    tokio::task::yield_now().await;
    cloud.shutdown().await;
    two.goes().await;
    assert_eq!(waiting.await.expect("no panic")["containers"][0]["exitCode"], 137);
}

#[tokio::test]
async fn who_ignores_the_request_to_stop_is_killed_after_the_stop_timeout() {
    let cloud = cloud().await;
    let meeting = Meeting::new();
    // The shell waits for a child that ignores the signal, too.
    let mut container = shell("main", &format!("trap '' TERM; {}", meeting.script("sleep 600")));
    container["stopTimeout"] = json!(0);
    register(&cloud, &[container]);
    let task = run(&cloud, json!({})).await.remove(0);
    let guest = meeting.guest().await;
    call(&cloud, "StopTask", json!({"cluster": "work", "task": task["taskArn"]})).await;
    let end = ended(&cloud, &task).await;
    assert_eq!(end["containers"][0]["exitCode"], 137);
    assert_eq!(end["stoppedReason"], "Task stopped by user");
    guest.goes().await;
    cloud.shutdown().await;
}

#[tokio::test]
async fn something_is_held_from_a_tasks_start_to_its_end() {
    let cloud = cloud().await;
    let meeting = Meeting::new();
    register(&cloud, &[shell("main", &meeting.script("read -r line"))]);
    let held = Arc::new(());
    let own = Arc::clone(&held);
    cloud.hold_while_tasks_run(move || Box::new(Arc::clone(&own))).expect("the first");
    assert!(cloud.hold_while_tasks_run(|| Box::new(())).is_err());
    assert_eq!(Arc::strong_count(&held), 2);
    let task = run(&cloud, json!({})).await.remove(0);
    assert_eq!(Arc::strong_count(&held), 3);
    let guest = meeting.guest().await;
    ended(&cloud, &task).await;
    guest.goes().await;
    cloud.shutdown().await;
    assert_eq!(Arc::strong_count(&held), 2);
}

#[tokio::test]
async fn a_dropped_cloud_leaves_no_container() {
    let cloud = cloud().await;
    let meeting = Meeting::new();
    register(&cloud, &[shell("main", &meeting.script("sleep 600 & wait"))]);
    run(&cloud, json!({})).await;
    let guest = meeting.guest().await;
    drop(cloud);
    guest.goes().await;
}

#[tokio::test]
async fn containers_die_with_a_host_that_is_killed() {
    let meeting = Meeting::new();
    let test = std::env::current_exe().expect("a test has a path");
    let debug = test.parent().and_then(Path::parent).expect("a test is in target/PROFILE/deps");
    let mut program = tokio::process::Command::new(debug.join("examples").join("test-cloud"))
        .arg(meeting.script("sleep 600 & wait"))
        .kill_on_drop(true)
        .spawn()
        .expect("the example is built with the tests");
    let guest = meeting.guest().await;
    // SIGKILL: the host can do nothing about it.
    program.kill().await.expect("it is ours");
    guest.goes().await;
}
