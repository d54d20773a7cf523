using Hedge.Host.Clients;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io;

namespace Hedge.Host.Connections;

/// <summary>
/// Decides which core gets a new connection. Connections are packed on the fewest cores, since handing a
/// command to another core costs more than it saves: a core gets connections until it is busy,
/// then the next one does.
/// </summary>
internal sealed class Acceptor(Server server, int cores)
{
    /// <summary>A core that works more than this share of its time gets no more connections while others work
    /// less.</summary>
    private const double BusyShareMax = 0.7;

    /// <summary>A core that has this many connections more than another gets no more while that one
    /// may.</summary>
    private const int SurplusMax = 128;

    // Redis's own text: people search for it, and it says what to do.
    private static ReadOnlySpan<byte> Denied =>
        "-DENIED Redis is running in protected mode because protected mode is enabled and no "u8
        + "password is set for the default user. In this mode connections are only accepted from "u8
        + "the loopback interface. If you want to connect from external computers to Redis you may "u8
        + "adopt one of the following solutions: 1) Just disable protected mode sending the "u8
        + "command 'CONFIG SET protected-mode no' from the loopback interface by connecting to "u8
        + "Redis from the same host the server is running, however MAKE SURE Redis is not publicly "u8
        + "accessible from internet if you do so. Use CONFIG REWRITE to make this change "u8
        + "permanent. 2) Alternatively you can just disable the protected mode by editing the "u8
        + "Redis configuration file, and setting the protected mode option to 'no', and then "u8
        + "restarting the server. 3) If you started the server manually just for testing, restart "u8
        + "it with the '--protected-mode no' option. 4) Setup a an authentication password for the "u8
        + "default user. NOTE: You only need to do one of the above things in order for the server "u8
        + "to start accepting connections from the outside.\r\n"u8;

    private readonly ConnectionTable[] _tables = new ConnectionTable[cores];
    private int _connections;
    private long _lastClientId;

    /// <summary>Connections of all cores.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The next client's number.</summary>
    public long NextClientId() => Interlocked.Increment(ref _lastClientId);

    /// <summary>A core has been built.</summary>
    public void Add(ConnectionTable table) => _tables[table.Core] = table;

    /// <summary>A socket was accepted on a core: it adopts it, hands it on, or refuses it.</summary>
    public void Accepted(ConnectionTable table, AcceptedSocket socket)
    {
        if (Interlocked.Increment(ref _connections) > server.Settings.Current.MaxClients)
        {
            Refuse(table, socket, "-ERR max number of clients reached\r\n"u8);
            return;
        }

        if (IsDenied(socket))
        {
            Refuse(table, socket, Denied);
            return;
        }

        int target = Choose();
        if (target == table.Core) table.Adopt(socket);
        else table.HandOn(socket, target);
    }

    /// <summary>A connection is gone.</summary>
    public void Removed() => Interlocked.Decrement(ref _connections);

    private void Refuse(ConnectionTable table, AcceptedSocket socket, ReadOnlySpan<byte> reason)
    {
        table.CountRefused();
        // Who speaks TLS would not understand it before the handshake.
        if (socket.IsEncrypted) socket.Dispose();
        else socket.Refuse(reason);
        Removed();
    }

    private bool IsDenied(AcceptedSocket socket)
    {
        ServerSettings settings = server.Settings.Current;
        return settings.ProtectedMode && server.Users.Default.Rights.NeedsNoPassword
            && !ClientAddress.IsLocal(socket.Remote);
    }

    private int Choose()
    {
        int fewest = int.MaxValue;
        foreach (ConnectionTable table in _tables) fewest = Math.Min(fewest, table.Count);
        int calmest = 0;
        for (int i = 0; i < _tables.Length; i++)
        {
            ConnectionTable table = _tables[i];
            if (table.BusyShare < BusyShareMax && table.Count <= fewest + SurplusMax) return i;
            if (table.BusyShare < _tables[calmest].BusyShare) calmest = i;
        }

        return calmest;
    }
}
