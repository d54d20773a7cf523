namespace Hedge.Storage.Readers;

/// <summary>Is told of changes of keys, for clients that keep copies of what they have read. Owned by the
/// core that makes the change. The keys are valid during the call.</summary>
public interface IReaderSink
{
    /// <summary>A key has changed, or its entry was given up: one of its readers must be told, and is
    /// forgotten.</summary>
    /// <param name="key">The key.</param>
    /// <param name="reader">The reader.</param>
    /// <param name="isOfClient">False when the key has gone by itself: its time was over, or there was no
    /// room for it or for its entry.</param>
    void Changed(ReadOnlySpan<byte> key, in KeyReader reader, bool isOfClient);

    /// <summary>A key has changed, while somebody wants to hear of all changes
    /// (<see cref="ReadKeyLimits.TellsAll"/>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="isOfClient">As above.</param>
    void Changed(ReadOnlySpan<byte> key, bool isOfClient);

    /// <summary>Nobody knows which keys have changed: all readers of keys, and those who hear of all changes,
    /// must be told that everything has.</summary>
    void ChangedEverywhere();
}
