using Hedge.Host.Clients;

namespace Hedge.Host.Slots;

/// <summary>One client's wait for its command's keys. Made and changed by the client's core; the keys' owners
/// keep it in line and give it back.</summary>
internal sealed class KeyWait(int core, Request request, int database, IReadOnlyList<(int Partition,
    ReadOnlyMemory<byte> Key)> keys)
{
    /// <summary>The client's core.</summary>
    public int Core => core;

    /// <summary>The command, until the wait has ended.</summary>
    public Request Request => request;

    /// <summary>The keys' database.</summary>
    public int Database => database;

    /// <summary>The keys, with their partitions.</summary>
    public IReadOnlyList<(int Partition, ReadOnlyMemory<byte> Key)> Keys => keys;

    /// <summary>True when the command has further keys, which it needs as well when it is run
    /// again.</summary>
    public bool NeedsMore { get; init; }

    /// <summary>The partition with which the command is being run again; null while it is not.</summary>
    public Lease? Serving { get; set; }

    /// <summary>Partitions given meanwhile.</summary>
    public Queue<Lease> Given { get; } = new();

    /// <summary>How it is to end, as soon as the command is not being run.</summary>
    public Unblocking Ending { get; set; }

    /// <summary>True when the command has replied.</summary>
    public bool IsOver { get; set; }
}
