using Hedge.Storage.Io;

namespace Hedge.Host.Mailboxes;

/// <summary>The ways between all cores: outboxes, and who sleeps and can be woken. Built once; read by
/// all.</summary>
internal sealed class CoreLinks : IDisposable
{
    private readonly Outbox[,] _outboxes;
    private readonly ICoreIo[] _io;

    public CoreLinks(int count, int mailboxBytes)
    {
        Count = count;
        States = new CoreState[count];
        _io = new ICoreIo[count];
        _outboxes = new Outbox[count, count];
        for (int i = 0; i < count; i++)
        {
            States[i] = new CoreState();
            for (int j = 0; j < count; j++)
            {
                if (i != j) _outboxes[i, j] = new Outbox(new Mailbox(mailboxBytes));
            }
        }
    }

    /// <summary>How many cores there are.</summary>
    public int Count { get; }

    /// <summary>Who is awake.</summary>
    public CoreState[] States { get; }

    /// <summary>A core has been built: it can be woken from now on.</summary>
    public void Add(int core, ICoreIo io) => _io[core] = io;

    /// <summary>Wakes a core.</summary>
    public void Wake(int core) => _io[core].Wake();

    /// <summary>The way from one core to another.</summary>
    public Outbox Outbox(int from, int to) => _outboxes[from, to];

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
            if (other != core && !States[other].IsAsleep) return false;
        return true;
    }

    public void Dispose()
    {
        foreach (CoreState state in States) state.Dispose();
        foreach (Outbox? outbox in _outboxes) outbox?.Dispose();
    }
}
