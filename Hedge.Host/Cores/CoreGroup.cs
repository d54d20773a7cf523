using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Cores;

/// <summary>All cores of the server and what they share. Built once; read by all.</summary>
internal sealed class CoreGroup(Server server, int count, IReadOnlyList<PartitionSlot> partitions,
    int mailboxBytes = Mailbox.CapacityBytesMax) : IDisposable
{
    public Server Server => server;

    public int Count => count;

    public CoreLoop[] Loops { get; } = new CoreLoop[count];

    /// <summary>All partitions.</summary>
    public PartitionTable Table { get; } = new(partitions);

    /// <inheritdoc cref="PartitionTable.All"/>
    public PartitionSlot[] Partitions => Table.All;

    /// <summary>The ways between the cores.</summary>
    public CoreLinks Links { get; } = new(count, mailboxBytes);

    /// <summary>Which core gets a connection.</summary>
    public Acceptor Acceptor { get; } = new(server, count);

    /// <summary>What the transactions take that wait for EXEC, of all cores' clients.</summary>
    public ByteCount Queued { get; } = new();

    /// <summary>What has failed.</summary>
    public FailureCounts Failures { get; } = new();

    /// <summary>Clients that get MONITOR's feed.</summary>
    public MonitorCount Monitors { get; } = new();

    /// <summary>The cores' subscribers.</summary>
    public PubSubHub[] Hubs { get; } = new PubSubHub[count];

    public Invalidations[] Invalidations { get; } = new Invalidations[count];

    /// <summary>The cores' monitors.</summary>
    public MonitorFeed[] Feeds { get; } = new MonitorFeed[count];

    /// <summary>What wakes a core. Any thread.</summary>
    public Action WakerOf(int core) => () => Links.Wake(core);

    public void Dispose() => Links.Dispose();
}
