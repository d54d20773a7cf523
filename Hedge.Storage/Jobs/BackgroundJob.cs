namespace Hedge.Storage.Jobs;

/// <summary>Work that blocks on the disk or takes long; stepped by a background thread.</summary>
public abstract class BackgroundJob
{
    /// <summary>Does a bounded piece of work. False when there is nothing left to do.</summary>
    public abstract bool Step();
}
