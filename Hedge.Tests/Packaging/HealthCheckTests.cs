using System.Diagnostics;
using System.Globalization;
using Hedge.Tests.Processes;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Packaging;

/// <summary>The image's health check against a real server.</summary>
[TestFixture]
[Category("process")]
public sealed class HealthCheckTests
{
    [Test]
    public async Task It_succeeds_while_the_server_serves_and_only_then()
    {
        int port;
        using (ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch()))
        {
            port = server.Port;
            Assert.That(await CheckAsync(port), Is.Zero);
        }

        Assert.That(await CheckAsync(port), Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_with_a_password_is_well()
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerLaunch { Settings = [("requirepass", "secret")] }, "secret");
        Assert.That(await CheckAsync(server.Port), Is.Zero);
    }

    private static async Task<int> CheckAsync(int port)
    {
        ProcessStartInfo start = new(Path.Combine(Repository.Root, "packaging", "healthcheck.sh"),
            [port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
