using System.Runtime.InteropServices;

namespace Hedge.Host.Mailboxes;

/// <summary>
/// A core's state word: says whether its partitions may be borrowed and whether a wake-up is due. One writer
/// at a time by compare-and-swap; alone on its cache lines.
/// </summary>
internal sealed unsafe class CoreState : IDisposable
{
    private const int Awake = 0;
    private const int Asleep = 1;
    private const int Borrowed = 2;
    private const int Woken = 3;

    // SAFETY: 256 bytes, freed by Dispose after all cores have stopped.
    private readonly int* _word = (int*)NativeMemory.AlignedAlloc(256, 128);

    public CoreState() => *_word = Awake;

    /// <summary>Owner: announces sleep. It must look for work once more before it really sleeps.</summary>
    public void FallAsleep()
    {
        Volatile.Write(ref *_word, Asleep);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Owner: awake again; waits for a borrower to finish its batch first.</summary>
    public void Regain()
    {
        var spin = new SpinWait();
        while (true)
        {
            int state = Volatile.Read(ref *_word);
            if (state != Borrowed && Interlocked.CompareExchange(ref *_word, Awake, state) == state) return;
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Another core: true when the owner sleeps and no message is on its way to it.</summary>
    public bool IsAsleep => Volatile.Read(ref *_word) is Asleep or Borrowed;

    /// <summary>True when another core has the partitions: the owner cannot go on.</summary>
    public bool IsBorrowed => Volatile.Read(ref *_word) == Borrowed;

    /// <summary>Another core: takes the sleeping owner's partitions until <see cref="EndBorrow"/>.</summary>
    public bool TryBorrow() =>
        Volatile.Read(ref *_word) == Asleep
            && Interlocked.CompareExchange(ref *_word, Borrowed, Asleep) == Asleep;

    /// <summary>Another core: gives the partitions back.</summary>
    public void EndBorrow()
    {
        Volatile.Write(ref *_word, Asleep);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Another core, after publishing a message:
    /// true when the caller must wake the owner (and only then).</summary>
    public bool NeedsWake()
    {
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *_word) == Asleep
            && Interlocked.CompareExchange(ref *_word, Woken, Asleep) == Asleep;
    }

    public void Dispose() => NativeMemory.AlignedFree(_word);
}
