using System.Numerics;

namespace Hedge.Storage.Records;

/// <summary>
/// The sizes in which records are allocated: 48, 56, then four per doubling (64, 80, 96, 112, 128, …) up to
/// 32 KiB.
/// </summary>
internal static class SizeClasses
{
    /// <summary>Number of classes.</summary>
    public const int Count = 39;

    /// <summary>The largest class in bytes. A larger record has its own allocation.</summary>
    public const int BytesMax = 32 * 1024;

    /// <summary>The class number of an allocation of its own.</summary>
    public const byte Own = 255;

    /// <summary>The value that stands in place of the class in memory that holds no record.</summary>
    public const byte None = 254;

    private const int FirstPowerOfTwo = 6;

    /// <summary>The smallest class that holds <paramref name="bytes"/> (at most
    /// <see cref="BytesMax"/>).</summary>
    public static int ClassOf(int bytes)
    {
        if (bytes <= 64) return bytes <= 48 ? 0 : bytes <= 56 ? 1 : 2;
        int power = BitOperations.Log2((uint)(bytes - 1));
        int quarter = (bytes - 1 - (1 << power)) >> (power - 2);
        return 3 + (power - FirstPowerOfTwo) * 4 + quarter;
    }

    /// <summary>The size of a class in bytes.</summary>
    public static int BytesOf(int sizeClass)
    {
        if (sizeClass < 3) return 48 + 8 * sizeClass;
        int power = FirstPowerOfTwo + ((sizeClass - 3) >> 2);
        return (1 << power) + (((sizeClass - 3) & 3) + 1 << (power - 2));
    }

    /// <summary>The size and alignment of the slabs a class is cut from: at least 30 pieces each.</summary>
    public static int SlabBytesOf(int sizeClass)
    {
        int bytes = BytesOf(sizeClass);
        return bytes <= 2048 ? 64 * 1024 : bytes <= 8192 ? 256 * 1024 : 1024 * 1024;
    }
}
