namespace Hedge.Storage.Values;

/// <summary>Names a value file: a log segment by its core and number, or a file that the collection of dead
/// values has written, by a core number that no log has. No name is used twice.</summary>
internal readonly record struct ValueFileId(int Core, ulong Number)
{
    /// <summary>The core number of files that hold moved values.</summary>
    public const int MovedCore = 1000;
}
