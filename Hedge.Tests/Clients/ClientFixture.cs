using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Clients;

/// <summary>Base of the fixtures that let real clients talk to one server process with default
/// settings.</summary>
[Category("clients")]
public abstract class ClientFixture
{
    /// <summary>The server.</summary>
    protected ServerProcess Server { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartServer() => Server = await ServerProcess.StartAsync();

    [OneTimeTearDown]
    public void StopServer()
    {
        bool running = Server?.IsRunning ?? true;
        string output = Server?.Output ?? "";
        Server?.Dispose();
        Assert.That(running, Is.True, $"the server went down:\n{output}");
    }
}
