using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>
/// <c>string.gsub</c>. Its steps: 0 begins; 1 goes on with a match; 2 has the value of a function or of a
/// table's metamethod.
/// </summary>
internal static class Substitution
{
    private const int Matching = 1;
    private const int HasValue = 2;

    public static LuaAction Substitute(LuaCall c)
    {
        if (c.Step == 0)
        {
            LuaString subject = c.String(1);
            LuaString pattern = c.String(2);
            LuaValue replacement = c[3];
            double max = Math.Min(c.Integer(4, subject.Length + 1L), int.MaxValue);
            if (replacement.Ref is not (LuaString or LuaTable or LuaFunction) && !replacement.IsNumber)
                throw c.BadArgument(3, "string/function/table expected");
            if (replacement.IsNumber) c.String(3);
            c.State = new Work(c.Machine, subject, pattern,
                ((SpareMatcher)c.Data!).Rent())
            { Left = (int)max };
            ((Work)c.State).Begin();
        }

        var work = (Work)c.State!;
        if (c.Step == HasValue)
        {
            AddValue(c, work, c.Result(1));
            c.KeepPushed(0);
            work.Advance();
            if (work.GoesOn) work.Begin();
        }

        while (work.GoesOn)
        {
            MatchStatus status = work.Matcher.Continue(c.Machine);
            if (status == MatchStatus.Paused) return c.Again(Matching);
            if (status == MatchStatus.Matched)
            {
                work.Count++;
                work.Left--;
                if (!TryReplace(c, work, c[3])) return c.Invoke(c.Machine.ActionCount, HasValue);
                work.Advance();
            }
            else if (!work.Skip())
            {
                break;
            }

            if (work.GoesOn) work.Begin();
        }

        ((SpareMatcher)c.Data!).Return(work.Matcher);
        return c.Return(work.Result(), work.Count);
    }

    // Adds the replacement of a match; false when a function is pushed that gives it.
    private static bool TryReplace(LuaCall c, Work work, in LuaValue replacement)
    {
        PatternMatcher matcher = work.Matcher;
        switch (replacement.Ref)
        {
            case LuaString text:
                AddText(c, work, text.Span);
                return true;
            case LuaTable:
                return TryIndex(c, work, replacement, matcher.Capture(c.Machine, 0));
            default:
                c.Push(replacement);
                c.Machine.ActionCount = PatternFunctions.PushCaptures(c, matcher, Math.Max(matcher.Level, 1));
                return false;
        }
    }

    private static bool TryIndex(LuaCall c, Work work, in LuaValue table, in LuaValue key)
    {
        LuaValue at = table;
        for (int loop = 0; loop < 100; loop++)
        {
            LuaValue found = at.Ref is LuaTable t ? t.Get(key) : default;
            LuaValue handler = found.IsNil ? Metamethods.Of(c.Machine, at, MetaEvent.Index) : default;
            if (handler.IsNil)
            {
                if (at.Ref is not LuaTable)
                    throw new LuaException(c.Text($"attempt to index a {at.TypeName} value"));
                AddValue(c, work, found);
                return true;
            }

            if (handler.Ref is LuaFunction)
            {
                c.Push(handler);
                c.Push(at);
                c.Push(key);
                c.Machine.ActionCount = 2;
                return false;
            }

            at = handler;
        }

        throw new LuaException(c.Text("loop in gettable"));
    }

    private static void AddValue(LuaCall c, Work work, in LuaValue value)
    {
        if (value.IsFalsy) work.AddMatch();
        else if (value.Ref is LuaString text) work.Add(text.Span);
        else if (value.IsNumber) work.Add(c.Machine.NumberText(value.Number).Span);
        else throw c.Failure($"invalid replacement value (a {value.TypeName})");
    }

    private static void AddText(LuaCall c, Work work, ReadOnlySpan<byte> text)
    {
        while (true)
        {
            int escape = text.IndexOf((byte)'%');
            if (escape < 0) break;
            work.Add(text[..escape]);
            byte what = escape + 1 < text.Length ? text[escape + 1] : (byte)0;
            text = text[Math.Min(escape + 2, text.Length)..];
            if ((uint)(what - '0') > 9) work.Add([what]);
            else if (what == '0') work.AddMatch();
            else AddValue(c, work, work.Matcher.Capture(c.Machine, what - '1'));
        }

        work.Add(text);
    }

    private sealed class Work(LuaMachine m, LuaString subject, LuaString pattern, PatternMatcher matcher)
        : IMemoryHolder
    {
        private readonly ByteBuffer _result = new(m.Memory);
        private readonly bool _isAnchored = pattern.Length > 0 && pattern.Span[0] == '^';
        private int _at;
        private bool _isPrepared;
        private bool _isDone;

        public PatternMatcher Matcher { get; } = matcher;

        public int Count { get; set; }

        public int Left { get; set; }

        public bool GoesOn => Left > 0 && !_isDone;

        void IMemoryHolder.Count(MemoryCount count)
        {
            Matcher.Count(count);
            _result.Count(count);
        }

        public void Begin()
        {
            if (!_isPrepared) Matcher.Prepare(subject, pattern);
            _isPrepared = true;
            Matcher.Begin(_at, _isAnchored ? 1 : 0);
        }

        /// <summary>Behind a match: to its end, or over one byte when it is empty.</summary>
        public void Advance()
        {
            if (Matcher.End > _at) _at = Matcher.End;
            else Skip();
            _isDone |= _isAnchored;
        }

        /// <summary>Takes bytes over as they are, one or more; false when there is none.</summary>
        public bool Skip()
        {
            if (_at >= subject.Length)
            {
                _isDone = true;
                return false;
            }

            int next = _isAnchored ? _at + 1 : Matcher.NextStart(m, _at + 1);
            _result.Add(subject.Span[_at..next]);
            _at = next;
            _isDone |= _isAnchored;
            return true;
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            m.Budget -= bytes.Length / 32;
            _result.Add(bytes);
        }

        public void AddMatch() => Add(subject.Span[Matcher.Start..Matcher.End]);

        public LuaString Result()
        {
            if (Count == 0) return subject;
            Add(subject.Span[_at..]);
            return _result.ToLuaString();
        }
    }
}
