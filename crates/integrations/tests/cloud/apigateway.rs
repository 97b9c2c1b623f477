//! `apigateway:invoke`.

use aws::RouteSpec;
use serde_json::json;

use crate::world::world;

#[tokio::test]
async fn a_route_is_called_and_its_answer_is_the_output() {
    let world = world().await;
    let route = RouteSpec {
        api_id: "a1b2c3".into(),
        stage: "prod".into(),
        method: "POST".into(),
        path: "/process".into(),
        function: "echo".into(),
        iam: true,
    };
    world.cloud.add_route(&route).expect("a route");
    let mut parameters = json!({
        "ApiEndpoint": "a1b2c3.execute-api.us-east-1.amazonaws.com", "Method": "POST", "Stage": "prod", "Path": "process",
        "AuthType": "IAM_ROLE", "Headers": {"Custom": ["one", "two"]}, "QueryParameters": {"n": ["1", "2"]},
        "RequestBody": {"message": "HelloWorld!"}
    });
    let output = world.output("apigateway:invoke", parameters.clone()).await;
    assert_eq!((&output["StatusCode"], &output["StatusText"]), (&json!(201), &json!("Created")));
    assert_eq!(
        output["ResponseBody"],
        json!({
            "method": "POST", "body": "{\"message\":\"HelloWorld!\"}", "query": {"n": ["1", "2"]}, "custom": ["one", "two"],
            "signed": true
        })
    );
    for header in [
        "Content-Type",
        "Content-Length",
        "Connection",
        "Date",
        "x-amzn-RequestId",
        "x-amz-apigw-id",
        "X-Amzn-Trace-Id",
    ] {
        assert!(output["Headers"][header][0].is_string(), "{header}: {}", output["Headers"]);
    }
    // An unsigned request to a route that wants a signature (`services/apigetway_task_service--invoke_error.json`).
    parameters["AuthType"] = json!("NO_AUTH");
    let (error, cause) = world.failure("apigateway:invoke", parameters).await;
    assert_eq!((error.as_str(), cause.as_str()), ("ApiGateway.403", r#"{"message":"Missing Authentication Token"}"#));
}
