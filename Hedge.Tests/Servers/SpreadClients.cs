namespace Hedge.Tests.Servers;

/// <summary>
/// Idle connections that make a server give the next ones to its cores in turn: it packs connections on its
/// first cores, up to 128 more on one than on another.
/// </summary>
internal sealed class SpreadClients : IDisposable
{
    private const int SurplusMax = 128;

    private readonly List<RawClient> _idle = [];

    /// <summary>Fills all cores but the last.</summary>
    public SpreadClients(int port, int cores)
    {
        for (int i = 0; i < (cores - 1) * (SurplusMax + 1); i++)
        {
            var client = new RawClient(port);
            // Answered: so it is counted where it belongs before the next one comes.
            client.Call("PING", "+PONG\n");
            _idle.Add(client);
        }
    }

    public void Dispose()
    {
        foreach (RawClient client in _idle) client.Dispose();
    }
}
