using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Servers;

/// <summary>Tests over a real server: one process for all tests of a fixture, for each number of cores and
/// kind of
/// I/O.</summary>
[TestFixture(1, "auto")]
[TestFixture(2, "auto")]
[TestFixture(1, "portable")]
[TestFixture(2, "portable")]
[Category("process")]
internal abstract class ServerFixture(int cores, string io)
{
    private readonly List<RawClient> _clients = [];
    private ServerProcess _server = null!;

    protected int Cores => cores;

    protected ServerProcess Server => _server;

    /// <summary>Settings of the fixture's server beside cores and io.</summary>
    protected virtual IReadOnlyList<(string Name, string Value)> Settings => [];

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("cores", $"{cores}"), ("io", io), ("enable-debug-command", "yes"), .. Settings],
        });
    }

    [OneTimeTearDown]
    public void StopServer() => _server?.Dispose();

    [TearDown]
    public void CloseClients()
    {
        foreach (RawClient client in _clients) client.Dispose();
        _clients.Clear();
    }

    /// <summary>A new client, closed after the test.</summary>
    protected RawClient Connect(int receiveBufferBytes = 0)
    {
        var client = new RawClient(_server.Port, receiveBufferBytes);
        _clients.Add(client);
        return client;
    }
}
