namespace Hedge.Storage.Io;

/// <summary>The only source of chance. Real: the operating system's. Simulated:
/// one seed for the whole run.</summary>
public interface ISeed
{
    /// <summary>A uniformly distributed 64-bit number.
    /// Callable from the core that owns the instance only.</summary>
    ulong Next();
}
