//! How the process of an execution environment is started: what it may see, and where its output goes.

use std::{ffi::OsStr, io, path::Path, process::Stdio};

use jiff::Timestamp;
use rustix::process::Pid;
use tokio::process::{Child, Command};
use uuid::Uuid;

use super::Core;
use crate::{FunctionSpec, LogFormat};

/// The name of a new log stream, as Lambda forms it: `2026/11/21/[$LATEST]` and 32 hexadecimal digits.
pub(crate) fn log_stream_name(version: &str) -> String {
    let date = Timestamp::now().to_string();
    format!("{}/[{version}]{}", date[..10].replace('-', "/"), Uuid::new_v4().simple())
}

/// Starts the function's binary.
///
/// It leads a process group of its own: an interrupt from the terminal reaches the host alone, and what the function
/// starts can be killed with it.
pub(crate) fn start(
    core: &Core,
    spec: &FunctionSpec,
    token: &str,
    log_stream: &str,
    output: io::PipeWriter,
) -> io::Result<Child> {
    let binary = std::path::absolute(&spec.binary)?;
    let task_root = binary.parent().unwrap_or(Path::new("/"));
    let mut command = Command::new(&binary);
    command
        .env_clear()
        .current_dir(task_root)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .kill_on_drop(true);
    let runtime_api = format!("http://{}/{token}", core.address);
    for (key, value) in platform_environment(core, spec, log_stream) {
        command.env(key, value);
    }
    command.env("LAMBDA_TASK_ROOT", task_root).env("AWS_LAMBDA_RUNTIME_API", runtime_api);
    command.envs(&core.options.environment).envs(&spec.environment);
    command.spawn()
}

/// What Lambda defines for every function of an OS-only runtime (Developer Guide, "Defined runtime environment
/// variables"). `AWS_EXECUTION_ENV` is not among it: OS-only runtimes don't have it.
fn platform_environment<'a>(
    core: &'a Core,
    spec: &'a FunctionSpec,
    log_stream: &'a str,
) -> impl IntoIterator<Item = (&'static str, std::borrow::Cow<'a, OsStr>)> {
    fn text(value: &str) -> std::borrow::Cow<'_, OsStr> {
        OsStr::new(value).into()
    }
    let region = &core.options.location.region;
    let mut variables = vec![
        ("_HANDLER", text(&spec.handler)),
        ("AWS_REGION", text(region)),
        ("AWS_DEFAULT_REGION", text(region)),
        ("AWS_LAMBDA_FUNCTION_NAME", text(&spec.name)),
        ("AWS_LAMBDA_FUNCTION_VERSION", text(&spec.version)),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::ffi::OsString::from(spec.memory_mb.to_string()).into()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", text("on-demand")),
        ("AWS_LAMBDA_LOG_GROUP_NAME", text(&spec.logging.log_group)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", text(log_stream)),
        ("LAMBDA_RUNTIME_DIR", text("/var/runtime")),
        ("LANG", text("en_US.UTF-8")),
        ("PATH", text("/usr/local/bin:/usr/bin/:/bin:/opt/bin")),
        ("TZ", text(":UTC")),
    ];
    if spec.logging.format == LogFormat::Json {
        variables.push(("AWS_LAMBDA_LOG_FORMAT", text("JSON")));
        let level = spec.logging.application_log_level.as_deref().unwrap_or("INFO");
        variables.push(("AWS_LAMBDA_LOG_LEVEL", text(level)));
    }
    variables
}

/// The most memory that a process has used so far, in MB rounded up; only Linux tells.
pub(crate) fn peak_memory_mb(process: Pid) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_stream_is_named_as_lambda_names_it() {
        let name = log_stream_name("$LATEST");
        let (date, rest) = name.split_at(11);
        assert!(date.as_bytes()[4] == b'/' && date.as_bytes()[7] == b'/' && date.ends_with('/'), "{name}");
        let id = rest.strip_prefix("[$LATEST]").unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_a_process_its_peak_memory() {
        assert!(peak_memory_mb(rustix::process::getpid()).unwrap() > 0);
    }
}
