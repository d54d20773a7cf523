namespace Hedge.Storage.Cores;

/// <summary>A command that is only tried for what it reads (<see cref="CoreStorage.IsTrial"/>) has come to
/// its first change. Nothing has happened.</summary>
public sealed class TrialEndedException : Exception
{
    /// <summary>The one of a core.</summary>
    public TrialEndedException()
        : base("a command that is only tried has come to its first change")
    {
    }

    /// <inheritdoc/>
    public TrialEndedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TrialEndedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
