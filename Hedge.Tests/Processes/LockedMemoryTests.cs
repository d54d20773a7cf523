using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>io_uring's rings are locked memory, of which a process without CAP_IPC_LOCK may have little.
/// </summary>
[TestFixture]
[Category("process")]
public sealed class LockedMemoryTests
{
    private const string Reason = "io_uring may lock too little memory (ENOMEM; ulimit -l";

    [SetUp]
    public void Look()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server has no io_uring");
        if (!File.Exists("/usr/bin/setpriv")) Assert.Ignore("setpriv is not there");
    }

    [Test]
    public async Task Without_room_for_a_ring_the_portable_mode_serves_and_the_log_says_why()
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch(kibibytes: 64, cores: 1));
        Assert.That(server.Output, Does.Contain($"{Reason}, about 256 KiB a core): portable mode"));
        Assert.That(await server.TerminateAsync(), Is.Zero);
    }

    [Test]
    public async Task With_room_for_some_cores_alone_the_portable_mode_serves_and_a_warning_says_what_helps()
    {
        using ServerProcess server = await ServerProcess.StartAsync(Launch(kibibytes: 256, cores: 8));
        Assert.That(server.Output, Does.Contain(Reason).And.Contain("Raise the limit"));
        await using TestConnection client = await server.ConnectAsync();
        for (int i = 0; i < 64; i++)
            Assert.That((await client.CallAsync("SET", $"key{i}", "value")).Text, Is.EqualTo("OK"));
        Assert.That((await client.CallAsync("INFO", "server")).Text, Does.Not.Contain("io_uring"));
        Assert.That(await server.TerminateAsync(), Is.Zero);
    }

    [Test]
    public async Task Too_little_for_all_cores_is_refused_with_what_helps_when_io_uring_is_demanded()
    {
        ServerLaunch launch = Launch(kibibytes: 256, cores: 8);
        launch = launch with { Settings = [.. launch.Settings, ("io", "uring")] };
        (int code, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(output, Does.Contain($"Hedge can't start: {Reason}").And.Contain("set io to portable"));
        Assert.That(code, Is.EqualTo(1));
    }

    private static ServerLaunch Launch(int kibibytes, int cores) => new()
    {
        Launcher =
        [
            "bash", "-c", $"ulimit -l {kibibytes}; exec setpriv --bounding-set=-ipc_lock -- \"$0\" \"$@\"",
        ],
        Settings = [("cores", $"{cores}")],
    };
}
