using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>
/// The functions of <c>string</c> that search: <c>find</c>, <c>match</c> and <c>gmatch</c>.
/// </summary>
internal static class PatternFunctions
{
    private const int PlainBytesPerStep = 1 << 20;
    private const int PlainBytesPerInstruction = 128;

    public static void Open(LuaMachine m, LuaTable t)
    {
        var spare = new SpareMatcher();
        LuaLibraries.Set(m, t, "find", static c => Find(c, true), spare);
        LuaLibraries.Set(m, t, "match", static c => Find(c, false), spare);
        HostFunction gmatch = LuaLibraries.Set(m, t, "gmatch", GlobalMatch);
        t.Set("gfind", gmatch);
        LuaLibraries.Set(m, t, "gsub", Substitution.Substitute, spare);
    }

    private static LuaAction Find(LuaCall c, bool isFind)
    {
        if (c.Step == 2) return FindPlain(c, c.String(1), c.String(2), (int)c.Pushed(1).Number);
        if (c.Step == 1) return Search(c, (PatternMatcher)c.State!, isFind, c.String(1), c.String(2));
        LuaString s = c.String(1);
        LuaString pattern = c.String(2);
        long init = Math.Max(StringLibrary.Position(c.Integer(3, 1), s.Length) - 1, 0);
        int from = (int)Math.Min(init, s.Length);
        if (isFind && (!c[4].IsFalsy || pattern.Span.IndexOfAny(Specials) < 0))
            return FindPlain(c, s, pattern, from);
        PatternMatcher matcher = ((SpareMatcher)c.Data!).Rent();
        c.State = matcher;
        matcher.Prepare(s, pattern);
        if (IsAnchored(pattern)) matcher.Begin(from, 1);
        else matcher.Begin(matcher.NextStart(c.Machine, from), 0);
        return Search(c, matcher, isFind, s, pattern);
    }

    private static readonly System.Buffers.SearchValues<byte> Specials =
        System.Buffers.SearchValues.Create("^$*+?.([%-"u8);

    private static bool IsAnchored(LuaString pattern) => pattern.Length > 0 && pattern.Span[0] == '^';

    private static LuaAction Search(LuaCall c, PatternMatcher matcher, bool isFind, LuaString s,
        LuaString pattern)
    {
        bool anchored = IsAnchored(pattern);
        while (true)
        {
            MatchStatus status = matcher.Continue(c.Machine);
            if (status == MatchStatus.Paused) return c.Again(1);
            if (status == MatchStatus.Matched) break;
            if (anchored || matcher.Start >= s.Length)
            {
                ((SpareMatcher)c.Data!).Return(matcher);
                return c.Return(default(LuaValue));
            }

            matcher.Begin(matcher.NextStart(c.Machine, matcher.Start + 1), 0);
        }

        int count = 0;
        if (isFind)
        {
            c.Push(matcher.Start + 1.0);
            c.Push((double)matcher.End);
            count = 2;
        }

        count += PushCaptures(c, matcher, isFind ? matcher.Level : Math.Max(matcher.Level, 1));
        ((SpareMatcher)c.Data!).Return(matcher);
        return LuaCall.Return(count);
    }

    /// <summary>Pushes so many captures.</summary>
    public static int PushCaptures(LuaCall c, PatternMatcher matcher, int count)
    {
        c.Reserve(count);
        for (int i = 0; i < count; i++) c.Push(matcher.Capture(c.Machine, i));
        return count;
    }

    private static LuaAction FindPlain(LuaCall c, LuaString s, LuaString text, int from)
    {
        while (true)
        {
            // So many places that comparing at each costs no more than a step may.
            int places = Math.Max(PlainBytesPerStep / Math.Max(text.Length, 16), 64);
            int window = (int)Math.Min((long)s.Length - from, (long)places + text.Length);
            int found = s.Span.Slice(from, window).IndexOf(text.Span);
            if (found >= 0) return c.Return(from + found + 1.0, (double)(from + found + text.Length));
            if (from + window >= s.Length) return c.Return(default(LuaValue));
            from += places;
            if (!c.Spend((window / PlainBytesPerInstruction) + 16)) continue;
            c.KeepPushed(0);
            c.Push((double)from);
            return c.Again(2);
        }
    }

    private static LuaAction GlobalMatch(LuaCall c)
    {
        LuaString s = c.String(1);
        LuaString pattern = c.String(2);
        c.Machine.Memory.Charge(HostFunction.OwnBytes + 600);
        var matcher = new PatternMatcher();
        matcher.Prepare(s, pattern);
        return c.Return(new HostFunction("gmatch_next", NextMatch, new Matches(s, matcher))
        { Environment = c.Machine.Globals });
    }

    private static LuaAction NextMatch(LuaCall c)
    {
        var matches = (Matches)c.Data!;
        PatternMatcher matcher = matches.Matcher;
        if (c.Step == 0)
        {
            if (matches.Next > matches.Subject.Length) return c.Return(default(LuaValue));
            matcher.Begin(matcher.NextStart(c.Machine, matches.Next), 0);
        }

        while (true)
        {
            MatchStatus status = matcher.Continue(c.Machine);
            if (status == MatchStatus.Paused) return c.Again(1);
            if (status == MatchStatus.Matched) break;
            if (matcher.Start >= matches.Subject.Length)
            {
                matches.Next = matches.Subject.Length + 1;
                return c.Return(default(LuaValue));
            }

            matcher.Begin(matcher.NextStart(c.Machine, matcher.Start + 1), 0);
        }

        matches.Next = matcher.End == matcher.Start ? matcher.End + 1 : matcher.End;
        return LuaCall.Return(PushCaptures(c, matcher, Math.Max(matcher.Level, 1)));
    }

    private sealed class Matches(LuaString subject, PatternMatcher matcher) : IMemoryHolder
    {
        public LuaString Subject { get; } = subject;

        public PatternMatcher Matcher { get; } = matcher;

        public int Next { get; set; }

        public void Count(MemoryCount count) => Matcher.Count(count);
    }
}

/// <summary>A matcher that is free, so that a search makes none.</summary>
internal sealed class SpareMatcher
{
    private PatternMatcher? _spare = new();

    public PatternMatcher Rent()
    {
        PatternMatcher rented = _spare ?? new PatternMatcher();
        _spare = null;
        return rented;
    }

    public void Return(PatternMatcher matcher)
    {
        matcher.Forget();
        _spare = matcher;
    }
}
