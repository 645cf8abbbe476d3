# frozen_string_literal: true

require "set"

module Testalibi
  module SourceUnits
    # Names of the language, its library and the usual frameworks that the extractor knows, and how names are
    # spelled in the answer.
    module Words
      module_function

      def utf8(text)
        return text if text.ascii_only?

        text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
        text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
      rescue EncodingError
        text.b.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
      end

      # Names come again and again, in one file and in the next.
      SPELLED = Hash.new { |spelled, name| spelled[name] = utf8(name.to_s).freeze }
      private_constant :SPELLED

      def spelled(name)
        SPELLED[name]
      end

      def sorted(names)
        names.map { |name| SPELLED[name] }.uniq.sort
      end

      # For a name of our own making: a dot or a colon there would be taken for a separator.
      def label(text)
        utf8(text.to_s).gsub(/[.:]+/, "/").gsub(/\s+/, " ").strip[0, 200]
      end

      def set(text)
        text.split.to_set(&:to_sym).freeze
      end

      # ---- blocks that run at once, as a body

      GROUPS = set("describe context feature fdescribe xdescribe fcontext xcontext ffeature xfeature example_group " \
                   "shared_examples shared_examples_for shared_context namespace")
      SHARED_GROUPS = set("shared_examples shared_examples_for shared_context")
      INCLUDING_SHARED = set("include_examples include_context it_behaves_like it_should_behave_like")
      # Into a group of its own, which the examples around know nothing of.
      NESTING_SHARED = set("it_behaves_like it_should_behave_like")
      GROUP_OWNERS = set("RSpec Minitest")
      # Their bodies belong to the class around them.
      SAME_CLASS = set("class_eval module_eval class_exec module_exec instance_eval instance_exec included prepended " \
                       "class_methods concerning with_options")
      EVALUATING = set("class_eval module_eval class_exec module_exec")
      CLASS_MAKERS = { Class: :new, Module: :new, Struct: :new, Data: :define }.freeze

      # ---- blocks that run later: nothing in them is load-time code

      EXAMPLES = set("it specify example test should fit xit fspecify xspecify fexample xexample focus pending skip " \
                     "scenario fscenario xscenario its")
      HOOKS = set("before after around setup teardown prepend_before append_before prepend_after append_after " \
                  "before_all after_all let! subject! background")
      LATER = (EXAMPLES | HOOKS |
               set("let subject given given! define_method define_singleton_method scope default_scope lambda proc " \
                   "at_exit Given When Then And But Before After Around task rescue_from validate " \
                   "before_action after_action around_action before_validation after_validation before_save " \
                   "after_save before_create after_create before_update after_update before_destroy after_destroy " \
                   "after_commit after_rollback after_initialize after_find helper_method"))

      # ---- calls in class bodies

      VISIBILITIES = set("public protected private module_function")
      # Wrapped around a definition they leave it what it is.
      PLAIN_WRAPPERS = VISIBILITIES | set("private_class_method public_class_method ruby2_keywords")
      # Known to act on the class around them alone.
      CONFINED = LATER | GROUPS | INCLUDING_SHARED | PLAIN_WRAPPERS | SAME_CLASS |
                 set("include extend prepend using refine attr attr_reader attr_writer attr_accessor alias_method " \
                     "private_constant public_constant deprecate_constant remove_method undef_method remove_const " \
                     "const_set require require_relative load autoload delegate def_delegator def_delegators " \
                     "def_instance_delegator def_instance_delegators delegate_missing_to cattr_accessor cattr_reader " \
                     "cattr_writer mattr_accessor mattr_reader mattr_writer class_attribute alias_attribute " \
                     "attribute has_many has_one belongs_to has_and_belongs_to_many has_one_attached " \
                     "has_many_attached enum validates validates_presence_of validates_uniqueness_of " \
                     "accepts_nested_attributes_for serialize store store_accessor fixtures member value param " \
                     "metadata parallelize parallelize_me! i_suck_and_my_tests_are_order_dependent! " \
                     "make_my_diffs_pretty! skip_before_action layout render_views controller routes")
      # They say something about the definition that follows.
      REMARKS = set("desc long_desc option method_option sig")
      MIXERS = set("include extend prepend")

      LOADERS = set("require require_relative load autoload")
      FILE_LOADERS = set("require require_relative load")

      # ---- calls that only make a value

      PURE = set("+ - * / % ** == != < > <= >= <=> === =~ !~ ! & | ^ ~ -@ +@ >> [] freeze dup clone to_s to_str " \
                 "to_sym to_i to_f to_a to_h to_set to_r to_c to_proc map flat_map collect select filter reject " \
                 "filter_map find detect keys values merge join split strip chomp upcase downcase capitalize gsub " \
                 "sub tr first last min max sum sort sort_by reverse uniq compact flatten zip take drop length size " \
                 "count empty? nil? is_a? kind_of? respond_to? include? key? any? all? none? each_with_object " \
                 "each_with_index with_index each_slice each_cons inject reduce group_by partition index_by to_json " \
                 "transform_values transform_keys invert product times upto downto step fetch dig slice except " \
                 "values_at lambda proc format sprintf expand_path dirname basename extname escape union hash " \
                 "object_id class name defined? __dir__ __method__ block_given? Integer Float String Array Hash " \
                 "Rational Complex Set Pathname ljust rjust center squish strip_heredoc unpack1 unpack pack bytes chars " \
                 "lines ord chr hex oct start_with? end_with? match? between? zero? positive? negative? round floor " \
                 "each each_pair each_key each_value tap then yield_self method_defined? instance_method " \
                 "public_method_defined? private_method_defined? instance_methods const_defined? const_get method " \
                 "ceil abs raise divmod succ pred encoding force_encoding encode b")
      PURE_CLASSES = set("Object String Array Hash Set Struct Class Module Regexp Range Mutex Monitor Queue Time Date " \
                         "DateTime Pathname Thread::Mutex Comparable BasicObject Proc Random StringIO Rational " \
                         "OpenStruct BigDecimal")

      # ---- what makes members of a class depend on each other

      CLASS_HOOKS = set("method_added singleton_method_added inherited const_missing")
      # With a name that is not written out.
      MAKERS_BY_NAME = set("define_method define_singleton_method alias_method attr attr_reader attr_writer " \
                           "attr_accessor const_set remove_method undef_method class_variable_set send __send__ " \
                           "public_send")
      REFLECTION = set("instance_methods public_instance_methods private_instance_methods protected_instance_methods " \
                       "method_defined? instance_method public_instance_method methods singleton_methods constants")
      # Whether there is such a method. By a name that is not written out any of them may be meant.
      ASKING = set("respond_to? method_defined? public_method_defined? private_method_defined?")
      LISTING = :methods
      EVALUATORS = set("eval class_eval module_eval instance_eval class_exec module_exec instance_exec binding " \
                       "local_variables local_variable_get local_variable_set")
      TEXT_EVALUATORS = set("eval class_eval module_eval instance_eval")

      # Classes whose objects are made without their being named.
      CORE_CLASSES = set("Array BasicObject Binding Class Comparable Complex Data Date DateTime Dir Encoding Enumerable " \
                         "Enumerator Exception FalseClass Fiber File Float Hash IO Integer Kernel Method Module " \
                         "NilClass Numeric Object Proc Range Rational Regexp Set StandardError String Struct Symbol " \
                         "Thread Time TrueClass UnboundMethod")

      MUTATORS = set("<< []= push append add add? concat store merge! update delete delete_if clear replace insert " \
                     "prepend unshift shift pop const_set class_variable_set instance_variable_set remove_const " \
                     "define_method define_singleton_method class_eval module_eval instance_eval send __send__ " \
                     "public_send include extend alias_method remove_method undef_method reject! select! map! " \
                     "compact! concat setup register subscribe")
    end
  end
end
