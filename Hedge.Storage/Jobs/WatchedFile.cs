using Hedge.Storage.Cores;
using Hedge.Storage.Values;

namespace Hedge.Storage.Jobs;

/// <summary>A file that has to be there.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Mend">Makes anew what it holds, called on the owner core; null when that is not
/// possible.</param>
/// <param name="OtherPath">Its path when it has got another name just now; null for none.</param>
internal sealed record WatchedFile(string Path, Action<CoreStorage>? Mend = null, string? OtherPath = null)
{
    /// <summary>A value file or a log segment that runs refer to.</summary>
    public static WatchedFile Of(ValueFiles values, ValueFile file)
    {
        string segment = SegmentNames.PathOf(values.Directory, file.Id.Core, file.Id.Number, ".log");
        string value = values.PathOf(file.Id);
        void Empty(CoreStorage core) => values.CondemnMissing(file);
        return file.IsValueFile
            ? new WatchedFile(value, Empty, segment) : new WatchedFile(segment, Empty, value);
    }
}
