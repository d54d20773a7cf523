using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>All cores of the server and what lies between them. Built once; read by all.</summary>
internal sealed class CoreGroup : IDisposable
{
    private readonly Outbox[,] _outboxes;

    public CoreGroup(Server server, int count, IReadOnlyList<PartitionSlot> partitions)
    {
        Server = server;
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
                if (i != j) _outboxes[i, j] = new Outbox(new Mailbox());
            }
        }
    }

    public Server Server { get; }

    public int Count { get; }

    public CoreLoop[] Loops { get; }

    public CoreWord[] Words { get; }

    public PartitionSlot[] Partitions { get; }

    /// <summary>The way from one core to another.</summary>
    public Outbox Outbox(int from, int to) => _outboxes[from, to];

    /// <summary>The partition of a key.</summary>
    public int PartitionOf(ReadOnlySpan<byte> key) => (int)((uint)Slots.Of(key) * (uint)Partitions.Length / Slots.Count);

    public void Dispose()
    {
        foreach (CoreWord word in Words) word.Dispose();
        foreach (Outbox? outbox in _outboxes) outbox?.Dispose();
    }
}
