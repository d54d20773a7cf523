using Hedge.Storage.Types;

namespace Hedge.Storage.Walks;

/// <summary>Takes the elements of a <see cref="CollectionWalk"/>, on a background thread. An entry of a
/// stream comes as its key, which ends with its id, and its content.</summary>
public interface IElementTaker : IElementSink
{
    /// <summary>True when it should get no more for now.</summary>
    bool IsFull { get; }

    /// <summary>About how many bytes it takes until it is full.</summary>
    int PartBytes { get; }
}
