using System.Numerics;

namespace Hedge.Host.Lua.Values;

/// <summary>
/// Finds the size of a table's array part. <c>counts[b]</c> is how many integer keys are above 2^(b-1), and
/// at most 2^b.
/// </summary>
internal static class TableSizes
{
    /// <summary>An array part has at most 2 to the power of this many values.</summary>
    public const int ArrayBitsMax = 26;

    /// <summary>The biggest power of two of which more than half would be in use.</summary>
    public static int BestArray(Span<int> counts, int integers, out int inArray)
    {
        int sum = 0;
        int size = 0;
        inArray = 0;
        for (int bit = 0, power = 1; bit <= ArrayBitsMax && power / 2 < integers; bit++, power *= 2)
        {
            sum += counts[bit];
            if (counts[bit] > 0 && sum > power / 2)
            {
                size = power;
                inArray = sum;
            }

            if (sum == integers) break;
        }

        return size;
    }

    /// <summary>Counts a key if it may stand in an array part.</summary>
    public static int CountKey(in LuaValue key, Span<int> counts)
    {
        if (!key.IsNumber) return 0;
        int index = (int)key.Number;
        if (index != key.Number || index < 1 || index > 1 << ArrayBitsMax) return 0;
        counts[BitOperations.Log2((uint)(index - 1)) + (index > 1 ? 1 : 0)]++;
        return 1;
    }

    /// <summary>
    /// A length of an array whose last value is nil: behind it, or behind a value before a nil.
    /// </summary>
    public static int Border(ReadOnlySpan<LuaValue> array)
    {
        int low = 0;
        int high = array.Length;
        while (high - low > 1)
        {
            int middle = (low + high) >> 1;
            if (array[middle - 1].IsNil) high = middle;
            else low = middle;
        }

        return low;
    }
}
