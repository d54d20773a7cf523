using Hedge.Storage.Caches;

namespace Hedge.Storage.Lookups;

/// <summary>
/// Bounds what a core reads for commands at the same time by what its block cache can hold. A command that
/// would exceed that waits, in order. Owned by the core.
/// </summary>
/// <remarks>
/// <code>
///           Ask, holds nothing → first ─┐ let in while less than a quarter of the cache is busy
/// waiter ─┤                              ├─→ active: reads, runs again ─→ done, or asks again
///           Ask, holds blocks  → again ─┘ let in while less than half is busy; goes before "first"
/// </code>
/// 1. Busy is what is held or being read (<see cref="BlockCache.BusyBytes"/>).
/// 2. When nobody is active, the next waiter is let in whatever it asks for. So a command that needs more
///    than the cache can hold gets through, and so do several commands that each hold a part of what they
///    need.
/// 3. No deadlock: an active waiter waits for the disk alone. When its blocks are in, its command runs; that
///    one then is done, asks again, or waits for something else (a lease, another core's mailbox) and has
///    given its blocks back before it does. So nobody who was let in waits for one who was not.
/// </remarks>
internal sealed class ReadAdmission(BlockCache cache)
{
    private const int FirstDivisor = 4;
    private const int AgainDivisor = 2;

    private readonly Queue<MissWaiter> _first = new();
    private readonly Queue<MissWaiter> _again = new();
    private int _active;
    private bool _isLettingIn;
    private bool _isStopped;

    /// <summary>How many wait to be let in.</summary>
    public int Waiting => _first.Count + _again.Count;

    /// <summary>A waiter wants to read. It is started at once or later.</summary>
    public void Ask(MissWaiter waiter)
    {
        if (_isStopped)
        {
            waiter.GiveUp();
            return;
        }

        (waiter.HoldsBlocks ? _again : _first).Enqueue(waiter);
        LetIn();
    }

    /// <summary>An active waiter's command has run.</summary>
    public void Left()
    {
        _active--;
        Invariant.Check(_active >= 0, "who was let in leaves once");
    }

    /// <summary>Lets in those for whom there is room.</summary>
    public void LetIn()
    {
        // A waiter that finds all blocks in the cache may run, and ask, in the midst of this.
        if (_isLettingIn || _isStopped) return;
        _isLettingIn = true;
        while (TryNext(out MissWaiter? waiter))
        {
            _active++;
            waiter.Start();
        }

        _isLettingIn = false;
    }

    /// <summary>The core stops: nothing more is read, and waiters are forgotten.</summary>
    public void Stop()
    {
        _isStopped = true;
        while (_again.TryDequeue(out MissWaiter? waiter)) waiter.GiveUp();
        while (_first.TryDequeue(out MissWaiter? waiter)) waiter.GiveUp();
    }

    private bool TryNext([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MissWaiter? waiter)
    {
        bool isAgain = _again.TryPeek(out waiter);
        if (!isAgain && !_first.TryPeek(out waiter)) return false;
        long most = cache.BytesMax / (isAgain ? AgainDivisor : FirstDivisor);
        if (_active > 0 && cache.BusyBytes + waiter!.WantedBytes > most) return false;
        (isAgain ? _again : _first).Dequeue();
        return waiter != null;
    }
}
