namespace Hedge.Storage.Partitions;

internal enum CountDelta : byte
{
    None = 0,
    Plus = 1,
    Minus = 2,
    Unknown = 3,
}
