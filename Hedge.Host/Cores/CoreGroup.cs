using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Keyspaces;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;

namespace Hedge.Host.Cores;

/// <summary>All cores of the server and what lies between them. Built once; read by all.</summary>
internal sealed class CoreGroup : IDisposable
{
    private readonly Outbox[,] _outboxes;
    private long _lastClientId;
    private int _failedLogs;
    private int _stuck;
    private int _refusal;
    private int _monitors;

    public CoreGroup(Server server, int count, IReadOnlyList<PartitionSlot> partitions,
        int mailboxBytes = Mailbox.CapacityBytesMax)
    {
        Server = server;
        Acceptor = new Acceptor(this);
        Count = count;
        Partitions = [.. partitions];
        Loops = new CoreLoop[count];
        Words = new CoreWord[count];
        _outboxes = new Outbox[count, count];
        for (int i = 0; i < count; i++)
        {
            Words[i] = new CoreWord();
            for (int j = 0; j < count; j++)
            {
                if (i != j) _outboxes[i, j] = new Outbox(new Mailbox(mailboxBytes));
            }
        }
    }

    public Server Server { get; }

    public int Count { get; }

    public CoreLoop[] Loops { get; }

    public CoreWord[] Words { get; }

    public PartitionSlot[] Partitions { get; }

    public Acceptor Acceptor { get; }

    /// <summary>What the transactions take that wait for EXEC, of all cores' clients.</summary>
    public ByteCount Queued { get; } = new();

    /// <summary>With more arguments a command reads its keys in rounds (<see cref="KeyRounds"/>), of so many
    /// keys at most.</summary>
    public int RoundKeysMin { get; set; } = 4096;

    /// <summary>Clients of all cores that get MONITOR's feed.</summary>
    public int Monitors => Volatile.Read(ref _monitors);

    /// <summary>A monitor came or went.</summary>
    public void CountMonitor(int change) => Interlocked.Add(ref _monitors, change);

    /// <summary>The next client's number.</summary>
    public long NextClientId() => Interlocked.Increment(ref _lastClientId);

    /// <summary>Counts a core's log that has failed (1) or works again (-1). Returns how many have
    /// failed.</summary>
    public int CountFailedLogs(int change) => Interlocked.Add(ref _failedLogs, change);

    /// <summary>True when a partition has no room for more changes and cannot get rid of those it has:
    /// writers would wait for as long as its failure lasts.</summary>
    public bool AnyStuck => Volatile.Read(ref _stuck) > 0;

    /// <summary>Counts a partition that is stuck (1) or is not any more (-1).</summary>
    public void CountStuck(int change) => Interlocked.Add(ref _stuck, change);

    /// <summary>Writes are refused from now on: true the first time, for whoever writes that down.</summary>
    public bool TryBeginRefusal() => Interlocked.Exchange(ref _refusal, 1) == 0;

    /// <summary>Writes are accepted again: true the first time since they were not.</summary>
    public bool TryEndRefusal() => Interlocked.Exchange(ref _refusal, 0) == 1;

    /// <summary>The way from one core to another.</summary>
    public Outbox Outbox(int from, int to) => _outboxes[from, to];

    /// <summary>The partition of a key.</summary>
    public int PartitionOf(ReadOnlySpan<byte> key) =>
        (int)((uint)HashSlots.Of(key) * (uint)Partitions.Length / HashSlots.Count);

    /// <summary>True when a message for the core has been published and not taken.
    /// Any core may ask.</summary>
    public bool HasMail(int core)
    {
        for (int sender = 0; sender < Count; sender++)
        {
            if (sender != core && !_outboxes[sender, core].Mailbox.IsIdle) return true;
        }

        return false;
    }

    /// <summary>True when no other core is at work.</summary>
    public bool OthersSleep(int core)
    {
        for (int other = 0; other < Count; other++)
            if (other != core && !Words[other].IsAsleep) return false;
        return true;
    }

    public void Dispose()
    {
        foreach (CoreWord word in Words) word.Dispose();
        foreach (Outbox? outbox in _outboxes) outbox?.Dispose();
    }
}
