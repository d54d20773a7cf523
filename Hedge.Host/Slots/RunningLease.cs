namespace Hedge.Host.Slots;

/// <summary>The lease of the command that a core runs now. One per core.</summary>
internal sealed class RunningLease
{
    /// <summary>The lease; null when the command runs without one.</summary>
    public Lease? Lease { get; set; }
}
