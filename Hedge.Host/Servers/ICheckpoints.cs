namespace Hedge.Host.Servers;

/// <summary>Durable checkpoints of all partitions (SAVE, BGSAVE): everything that changed before the start is
/// flushed into runs and synced. Any core may call it.</summary>
public interface ICheckpoints
{
    /// <summary>True while one is under way.</summary>
    bool InProgress { get; }

    /// <summary>True when the last one that ended failed.</summary>
    bool LastFailed { get; }

    /// <summary>When the last successful one ended (at first: when the server started), Unix
    /// seconds.</summary>
    long LastSaveSeconds { get; }

    /// <summary>How long the last one took, seconds; -1 before the first.</summary>
    long LastDurationSeconds { get; }

    /// <summary>Number of successful ones since the start.</summary>
    long Completed { get; }

    /// <summary>Starts one. Not while one is in progress.</summary>
    /// <returns>Its number, for <see cref="HasEnded"/>.</returns>
    long Start();

    /// <summary>Asks for the result of a checkpoint. False when it is still under way.</summary>
    bool HasEnded(long checkpoint, out bool succeeded);

    /// <summary>Starts to drop from memory what is on disk too: clean records and cached blocks.</summary>
    /// <returns>Its number, for <see cref="HasDropped"/>.</returns>
    long StartDrop();

    /// <summary>False while the drop is under way.</summary>
    bool HasDropped(long drop);
}
