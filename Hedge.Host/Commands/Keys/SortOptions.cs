using Hedge.Host.Access;
using Hedge.Host.Clients;

namespace Hedge.Host.Commands.Keys;

/// <summary>The options of SORT and SORT_RO. Patterns and keys are numbers of arguments; 0: none.</summary>
internal sealed class SortOptions
{
    private readonly List<int> _gets = [];

    /// <summary>DESC.</summary>
    public bool IsDescending { get; private set; }

    /// <summary>ALPHA.</summary>
    public bool IsAlpha { get; private set; }

    /// <summary>BY a pattern without an asterisk: nothing is sorted.</summary>
    public bool IsUnsorted { get; private set; }

    /// <summary>BY.</summary>
    public int By { get; private set; }

    /// <summary>GET.</summary>
    public IReadOnlyList<int> Gets => _gets;

    /// <summary>STORE.</summary>
    public int Store { get; private set; }

    /// <summary>LIMIT: elements to leave out.</summary>
    public long Offset { get; private set; }

    /// <summary>LIMIT: elements wanted; negative for all.</summary>
    public long Count { get; private set; } = -1;

    /// <summary>Reads them from argument 2 on; null when an error was replied.</summary>
    public static SortOptions? Read(CommandContext context, bool mayStore)
    {
        SortOptions options = new();
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            int left = context.ArgumentCount - i - 1;
            if (context.Is(i, "ASC"u8)) options.IsDescending = false;
            else if (context.Is(i, "DESC"u8)) options.IsDescending = true;
            else if (context.Is(i, "ALPHA"u8)) options.IsAlpha = true;
            else if (context.Is(i, "LIMIT"u8) && left >= 2)
            {
                if (!options.TryReadLimit(context, i)) return null;
                i += 2;
            }
            else if (mayStore && context.Is(i, "STORE"u8) && left >= 1) options.Store = ++i;
            else if (context.Is(i, "BY"u8) && left >= 1)
            {
                options.By = ++i;
                bool looksUp = context.Argument(i).Contains((byte)'*');
                options.IsUnsorted |= !looksUp;
                if (looksUp && !MayReadAll(context, "BY")) return null;
            }
            else if (context.Is(i, "GET"u8) && left >= 1)
            {
                options._gets.Add(++i);
                if (!MayReadAll(context, "GET")) return null;
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return null;
            }
        }

        return options;
    }

    /// <summary>A set that is stored has an order all the same.</summary>
    public void SortByName()
    {
        IsUnsorted = false;
        IsAlpha = true;
        By = 0;
    }

    /// <summary>The part of so many elements that is wanted.</summary>
    public (int From, int To) Limit(int elements)
    {
        long from = Math.Clamp(Offset, 0, elements);
        long to = Count < 0 ? elements : Math.Min(elements, from + Math.Min(Count, elements));
        return ((int)from, (int)to);
    }

    // Any key may be looked up by the elements.
    private static bool MayReadAll(CommandContext context, string option)
    {
        Request request = context.Request;
        Session session = context.Session;
        if (!session.IsLimited
            || session.User!.Rights.ReachesAllKeys(request.Command!, request.All, KeyAccess.Read))
            return true;
        context.Reply.Error($"ERR {option} option of SORT denied due to insufficient ACL permissions.");
        return false;
    }

    private bool TryReadLimit(CommandContext context, int index)
    {
        if (!context.TryInteger(index + 1, out long offset)) return false;
        if (!context.TryInteger(index + 2, out long count)) return false;
        (Offset, Count) = (offset, count);
        return true;
    }
}
