using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>What an attempt to match has come to.</summary>
internal enum MatchStatus
{
    Matched,
    Failed,

    /// <summary>The budget is spent; go on with the next one.</summary>
    Paused,
}

/// <summary>
/// Matches Lua's patterns, one item after another. Where there was a choice, it stands in a list, and a
/// failure goes back
/// to the last choice: an optional item, a repetition that took as much or as little as it could, a capture
/// to be taken back. So nothing is on the stack of C#, and the match can pause between any two steps.
/// </summary>
internal sealed class PatternMatcher : IMemoryHolder
{
    public const int CapturesMax = 32;

    private const int Unfinished = -1;
    private const int PositionOnly = -2;
    private const int StepBytes = 16;
    private const int ExpandBytes = 4096;
    private const int StartBytes = 1 << 14;
    private const int StartBytesMin = 32;
    private const byte Escape = (byte)'%';

    private readonly int[] _starts = new int[CapturesMax];
    private readonly int[] _lengths = new int[CapturesMax];
    private Choice[] _choices = new Choice[8];
    private int _choiceCount;
    private LuaString _subject = LuaString.Empty;
    private LuaString _pattern = LuaString.Empty;
    private readonly PatternStarters _starters = new();
    private int _patternEnd;
    private int _s;
    private int _p;
    private int _count;
    private int _balanced;
    private bool _isExpanding;

    private enum Progress : byte
    {
        GoesOn,
        Done,
        Failed,
    }

    private enum ChoiceKind : byte
    {
        Optional,
        Greedy,
        Reluctant,
        CaptureBegun,
        CaptureEnded,
    }

    /// <summary>How many captures there are.</summary>
    public int Level { get; private set; }

    /// <summary>Where the match begins.</summary>
    public int Start { get; private set; }

    /// <summary>Behind the match.</summary>
    public int End { get; private set; }

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        count.Add(_subject);
        count.Add(_pattern);
        count.Add(512);
    }

    /// <summary>Sets what is matched with what.</summary>
    public void Prepare(LuaString subject, LuaString pattern)
    {
        _subject = subject;
        _pattern = pattern;
        int zero = pattern.Span.IndexOf((byte)0);
        _patternEnd = zero < 0 ? pattern.Length : zero;
    }

    /// <summary>Forgets the strings.</summary>
    public void Forget() => _subject = _pattern = LuaString.Empty;

    /// <summary>
    /// The first place from this one on where a match may begin, or one before it that is far away: for a
    /// long subject, the first item of the pattern tells which bytes a match can begin with.
    /// </summary>
    public int NextStart(LuaMachine m, int at)
    {
        int end = Math.Min(_subject.Length, at + StartBytes);
        if (end - at < StartBytesMin || !_starters.IsFor(m, _pattern, _patternEnd)) return at;
        int found = _starters.Find(_subject.Span[at..end]);
        m.Budget -= found / StepBytes;
        return at + found;
    }

    /// <summary>Begins a match at a place, with the pattern from a place on.</summary>
    public void Begin(int at, int patternStart)
    {
        Start = _s = at;
        _p = patternStart;
        Level = _choiceCount = _balanced = 0;
        _isExpanding = false;
    }

    /// <summary>Goes on matching.</summary>
    public MatchStatus Continue(LuaMachine m)
    {
        ReadOnlySpan<byte> subject = _subject.Span;
        ReadOnlySpan<byte> pattern = _pattern.Span[.._patternEnd];
        while (true)
        {
            if (m.Budget <= 0) return MatchStatus.Paused;
            m.Budget--;
            switch (_isExpanding ? Expand(m, subject, pattern) : Step(m, subject, pattern))
            {
                case Progress.GoesOn:
                    continue;
                case Progress.Done:
                    End = _s;
                    return MatchStatus.Matched;
                default:
                    if (!GoBack(subject, pattern)) return MatchStatus.Failed;
                    continue;
            }
        }
    }

    /// <summary>A capture, or the whole match when there is none.</summary>
    public LuaValue Capture(LuaMachine m, int number)
    {
        if (number >= Level)
        {
            if (number != 0) throw PatternItems.Error(m, "invalid capture index");
            return m.NewString(_subject.Span[Start..End]);
        }

        int length = _lengths[number];
        if (length == Unfinished) throw PatternItems.Error(m, "unfinished capture");
        return length == PositionOnly ? _starts[number] + 1.0
            : m.NewString(_subject.Span.Slice(_starts[number], length));
    }

    // One item of the pattern.
    private Progress Step(LuaMachine m, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        if (_p >= pattern.Length) return Progress.Done;
        switch (pattern[_p])
        {
            case (byte)'(':
                bool isPosition = PatternItems.At(pattern, _p + 1) == ')';
                return BeginCapture(m, isPosition ? PositionOnly : Unfinished, _p + (isPosition ? 2 : 1));
            case (byte)')':
                return EndCapture(m);
            case (byte)'$' when _p + 1 == pattern.Length:
                return _s == subject.Length ? Ended(pattern) : Progress.Failed;
            case Escape when PatternItems.At(pattern, _p + 1) == 'b':
                return Balance(m, subject, pattern);
            case Escape when PatternItems.At(pattern, _p + 1) == 'f':
                return Frontier(m, subject, pattern);
            case Escape when (uint)(PatternItems.At(pattern, _p + 1) - '0') <= 9:
                return BackReference(m, subject, pattern);
            default:
                return Item(m, subject, pattern);
        }
    }

    private Progress Ended(ReadOnlySpan<byte> pattern)
    {
        _p = pattern.Length;
        return Progress.GoesOn;
    }

    private Progress Item(LuaMachine m, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        int end = PatternItems.ItemEnd(m, pattern, _p);
        bool fits = _s < subject.Length && PatternItems.Fits(pattern, subject[_s], _p, end);
        switch (PatternItems.At(pattern, end))
        {
            case '?':
                if (fits)
                {
                    Choose(m, new Choice { Kind = ChoiceKind.Optional, S = _s, P = end + 1 });
                    _s++;
                }

                _p = end + 1;
                return Progress.GoesOn;
            case '+' when !fits:
                return Progress.Failed;
            case '*' or '+':
                _isExpanding = true;
                _count = PatternItems.At(pattern, end) == '+' ? 1 : 0;
                return Progress.GoesOn;
            case '-':
                Choose(m, new Choice { Kind = ChoiceKind.Reluctant, S = _s, P = end + 1, Item = _p });
                _p = end + 1;
                return Progress.GoesOn;
            default:
                if (!fits) return Progress.Failed;
                _s++;
                _p = end;
                return Progress.GoesOn;
        }
    }

    // Takes as many as fit, in parts.
    private Progress Expand(LuaMachine m, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        int end = PatternItems.ItemEnd(m, pattern, _p);
        int cost = 1 + ((end - _p) / StepBytes);
        int last = Math.Min(subject.Length, _s + _count + Math.Max(ExpandBytes / cost, 1));
        int at = _s + _count;
        while (at < last && PatternItems.Fits(pattern, subject[at], _p, end)) at++;
        m.Budget -= (long)(at - _s - _count) * cost / 4;
        _count = at - _s;
        if (at == last && at < subject.Length) return Progress.GoesOn;
        _isExpanding = false;
        int least = PatternItems.At(pattern, end) == '+' ? 1 : 0;
        Choose(m, new Choice
        {
            Kind = ChoiceKind.Greedy,
            S = _s + least,
            P = end + 1,
            Count = _count - least
        });
        _s = at;
        _p = end + 1;
        return Progress.GoesOn;
    }

    private Progress BeginCapture(LuaMachine m, int length, int next)
    {
        if (Level >= CapturesMax) throw PatternItems.Error(m, "too many captures");
        _starts[Level] = _s;
        _lengths[Level] = length;
        Level++;
        Choose(m, new Choice { Kind = ChoiceKind.CaptureBegun });
        _p = next;
        return Progress.GoesOn;
    }

    private Progress EndCapture(LuaMachine m)
    {
        int open = Level - 1;
        while (open >= 0 && _lengths[open] != Unfinished) open--;
        if (open < 0) throw PatternItems.Error(m, "invalid pattern capture");
        _lengths[open] = _s - _starts[open];
        Choose(m, new Choice { Kind = ChoiceKind.CaptureEnded, Count = open });
        _p++;
        return Progress.GoesOn;
    }

    private Progress Balance(LuaMachine m, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        if (_p + 3 >= pattern.Length) throw PatternItems.Error(m, "unbalanced pattern");
        byte open = pattern[_p + 2];
        byte close = pattern[_p + 3];
        if (_s >= subject.Length || subject[_s] != open) return Progress.Failed;
        // The depth so far is kept in the count between parts; it begins with the opening character.
        int at = _s + Math.Max(_balanced, 1);
        int depth = _balanced == 0 ? 1 : _count;
        int last = Math.Min(subject.Length, at + ExpandBytes);
        for (; at < last; at++)
        {
            byte b = subject[at];
            if (b == close)
            {
                if (--depth == 0) break;
            }
            else if (b == open)
            {
                depth++;
            }
        }

        m.Budget -= (at - _s - _balanced) / 4;
        if (at < last)
        {
            _balanced = 0;
            _s = at + 1;
            _p += 4;
            return Progress.GoesOn;
        }

        _balanced = at < subject.Length ? at - _s : 0;
        _count = depth;
        return at < subject.Length ? Progress.GoesOn : Progress.Failed;
    }

    private Progress Frontier(LuaMachine m, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        int set = _p + 2;
        if (PatternItems.At(pattern, set) != '[')
            throw PatternItems.Error(m, "missing '[' after '%f' in pattern");
        int end = PatternItems.ItemEnd(m, pattern, set);
        byte before = _s == 0 ? (byte)0 : subject[_s - 1];
        byte here = _s < subject.Length ? subject[_s] : (byte)0;
        if (PatternItems.InSet(pattern, before, set, end - 1)
            || !PatternItems.InSet(pattern, here, set, end - 1))
            return Progress.Failed;
        _p = end;
        return Progress.GoesOn;
    }

    private Progress BackReference(LuaMachine m, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        int number = pattern[_p + 1] - '1';
        if (number < 0 || number >= Level || _lengths[number] == Unfinished)
            throw PatternItems.Error(m, "invalid capture index");
        // A capture of a position has no text; nothing is as long as Lua 5.1 believes it to be.
        if (_lengths[number] < 0) return Progress.Failed;
        ReadOnlySpan<byte> text = subject.Slice(_starts[number], _lengths[number]);
        m.Budget -= text.Length / StepBytes;
        if (!subject[_s..].StartsWith(text)) return Progress.Failed;
        _s += text.Length;
        _p += 2;
        return Progress.GoesOn;
    }

    // Goes to what the last choice left open.
    private bool GoBack(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> pattern)
    {
        while (_choiceCount > 0)
        {
            ref Choice last = ref _choices[_choiceCount - 1];
            switch (last.Kind)
            {
                case ChoiceKind.Optional:
                    (_s, _p) = (last.S, last.P);
                    _choiceCount--;
                    return true;
                case ChoiceKind.Greedy when last.Count > 0:
                    last.Count--;
                    (_s, _p) = (last.S + last.Count, last.P);
                    return true;
                case ChoiceKind.Reluctant when last.S < subject.Length
                    && PatternItems.Fits(pattern, subject[last.S], last.Item, last.P - 1):
                    last.S++;
                    (_s, _p) = (last.S, last.P);
                    return true;
                case ChoiceKind.CaptureBegun:
                    Level--;
                    break;
                case ChoiceKind.CaptureEnded:
                    _lengths[last.Count] = Unfinished;
                    break;
                default:
                    break;
            }

            _choiceCount--;
        }

        return false;
    }

    private void Choose(LuaMachine m, in Choice choice)
    {
        if (_choiceCount == _choices.Length)
        {
            m.Memory.Charge(_choices.Length * 20L);
            Array.Resize(ref _choices, _choices.Length * 2);
        }

        _choices[_choiceCount++] = choice;
    }

    private struct Choice
    {
        public ChoiceKind Kind;
        public int S;
        public int P;
        public int Item;
        public int Count;
    }
}
