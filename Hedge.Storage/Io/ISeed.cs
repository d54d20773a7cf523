namespace Hedge.Storage.Io;

/// <summary>The only source of random numbers. Real: the operating system's. Simulated: one seed for the
/// whole run.</summary>
public interface ISeed
{
    /// <summary>A uniformly distributed 64-bit number. Only the core that owns the instance may call
    /// it.</summary>
    ulong Next();
}
